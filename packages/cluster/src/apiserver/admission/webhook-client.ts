import { numberAt, part, textAt, type Draft } from '../draft.ts';
import type { WebhookClient } from './webhook-calls.ts';

/** Where a webhook answers, as a configuration or a definition says it. */
export function clientOf(config: Draft | undefined): WebhookClient {
  const service = part(config, 'service');
  const url = textAt(config, 'url');
  const caBundle = textAt(config, 'caBundle');
  return {
    ...(url === '' ? {} : { url }),
    ...(caBundle === '' ? {} : { caBundle }),
    ...(service === undefined
      ? {}
      : {
          service: {
            namespace: textAt(service, 'namespace'),
            name: textAt(service, 'name'),
            path: textAt(service, 'path'),
            port: numberAt(service, 'port') ?? 443,
          },
        }),
  };
}
