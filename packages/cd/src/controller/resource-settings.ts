import { isObject, type Clock, type Logger } from '@argosy/std';
import { resources } from '@argosy/api';
import type { KubeObject } from '@argosy/kube/meta';
import type { Informer, InformerFactory } from '@argosy/kube/runtime';
import { readResourceSettings, type ResourceSettings } from '../engine/index.ts';

/** The ConfigMap that holds the settings of an installation. */
export const SETTINGS_NAME = 'argocd-cm';

/** The settings of an installation as they stand: read again whenever the ConfigMap is another object. */
export class LiveSettings {
  readonly informer: Informer;
  readonly #options: { readonly namespace: string; readonly clock: Clock; readonly logger: Logger };
  #source: KubeObject | undefined;
  #read: ResourceSettings;

  constructor(
    informers: InformerFactory,
    options: { readonly namespace: string; readonly clock: Clock; readonly logger: Logger },
  ) {
    const { namespace } = options;
    this.#options = options;
    this.informer = informers.informer(resources.configMaps, { namespace });
    this.#read = this.#parse(undefined);
  }

  /** What holds now. Without a ConfigMap, nothing is set. */
  current(): ResourceSettings {
    const found = this.informer.lister.get({ namespace: this.#options.namespace, name: SETTINGS_NAME });
    if (found === this.#source) return this.#read;
    this.#source = found;
    this.#read = this.#parse(found);
    return this.#read;
  }

  #parse(source: KubeObject | undefined): ResourceSettings {
    const { clock, logger } = this.#options;
    const data = isObject(source?.['data']) ? source['data'] : {};
    const { settings, problems } = readResourceSettings(data as { readonly [key: string]: string }, () => clock.now());
    for (const problem of problems) logger.warn(`${SETTINGS_NAME}: ${problem}`);
    return settings;
  }
}
