import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Authority } from '@argosy/auth/tls';

type Members = { readonly [field: string]: unknown };

/** A review as a webhook gets it. */
export interface ReceivedReview {
  readonly path: string;
  readonly apiVersion: unknown;
  readonly kind: unknown;
  readonly request: Members & { readonly uid: string };
}

/** A real HTTPS webhook. */
export interface WebhookServer {
  readonly port: number;
  readonly received: ReceivedReview[];
  close(): Promise<void>;
}

/** Answers every review with what `respond` makes of it (without uid); `undefined` never answers. */
export async function openWebhookServer(
  authority: Authority,
  respond: (review: ReceivedReview) => Members | undefined | Promise<Members>,
): Promise<WebhookServer> {
  const { certificate, privateKey } = await authority.serverLeaf(['hook.default.svc']);
  const received: ReceivedReview[] = [];
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Omit<ReceivedReview, 'path'>;
      const review = { ...body, path: request.url ?? '' };
      received.push(review);
      const { apiVersion, kind } = body;
      void Promise.resolve(respond(review)).then((answer) => {
        if (answer === undefined) return;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion, kind, response: { uid: body.request.uid, ...answer } }));
      });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A JSON patch as an AdmissionReview response carries it. */
export function jsonPatch(operations: readonly unknown[]): Members {
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}
