import type { KubeObject } from '@argosy/kube/meta';
import {
  planSource,
  readManifests,
  type Planned,
  type RenderFailure,
  type RenderPorts,
  type RenderRequest,
  type SourceType,
} from '../render/index.ts';
import type { Result } from '@argosy/std';
import { buildKustomization, KustomizeBuildError, type KustomizeOptions } from './kustomize-build.ts';

/** What a source rendered to. */
export interface RenderOutcome {
  readonly sourceType: SourceType;
  readonly objects: readonly KubeObject[];
}

/** Why it did not; `limit` names the limit that was reached. The text holds no value of a Secret. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly limit: string | undefined;

  constructor({ message, limit }: RenderFailure) {
    super(message);
    this.limit = limit;
  }
}

/** Renders sources. */
export interface Renderer {
  /** @throws RenderError */
  render(request: RenderRequest): Promise<RenderOutcome>;
  /** Ends what it started. */
  close(): Promise<void>;
}

/** Does the pure part of the work: in this process, or in another. */
export type PlanSource = (request: RenderRequest) => Promise<Result<Planned, RenderFailure>>;

/** Builds what has to be built; all else is there already. */
async function finish(planned: Planned, request: RenderRequest, options: KustomizeOptions): Promise<RenderOutcome> {
  if (planned.kind === 'objects') return { sourceType: planned.sourceType, objects: planned.objects };
  let text: string;
  try {
    text = await buildKustomization(planned.job, options);
  } catch (error) {
    if (!(error instanceof KustomizeBuildError)) throw error;
    throw new RenderError({ message: error.message, ...(error.limit === undefined ? {} : { limit: error.limit }) });
  }
  const objects = readManifests([{ path: 'kustomize build', text }], request.limits);
  if (!objects.ok) throw new RenderError({ message: objects.error.message });
  return { sourceType: 'Kustomize', objects: objects.value };
}

/** A renderer over something that plans; kustomizations are built by the program on PATH. */
export function rendererOf(plan: PlanSource, options: KustomizeOptions, close: () => Promise<void>): Renderer {
  return {
    render: async (request) => {
      const planned = await plan(request);
      if (!planned.ok) throw new RenderError(planned.error);
      return finish(planned.value, request, options);
    },
    close,
  };
}

/** Renders in this process: for the command line, where there is nothing to protect from the chart. */
export function createInProcessRenderer(ports: RenderPorts, options: KustomizeOptions = {}): Renderer {
  return rendererOf(
    (request) => Promise.resolve(planSource(request, ports)),
    options,
    () => Promise.resolve(),
  );
}
