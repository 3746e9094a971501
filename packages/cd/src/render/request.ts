import type { ApplicationSource } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import type { TemplateEnv } from '@argosy/lang/gotemplate';
import type { RenderLimits } from './limits.ts';

/** Files by path below the root of a repository. */
export type TreeFiles = ReadonlyMap<string, Uint8Array>;

/** The Application that something is rendered for: the build environment is made of it. */
export interface RenderApp {
  readonly name: string;
  /** The destination namespace. */
  readonly namespace: string;
  readonly project: string;
  /** Of the source, resolved. */
  readonly revision: string;
}

/** All that rendering one source needs. Plain data: it travels to another process. */
export interface RenderRequest {
  readonly source: ApplicationSource;
  /** Where in the repository; empty for its root. */
  readonly path: string;
  readonly tree: TreeFiles;
  /** The repositories of the other sources that carry a `ref`, by that name. */
  readonly refs: ReadonlyMap<string, TreeFiles>;
  readonly app: RenderApp;
  /** What the cluster is; empty where it is not known. */
  readonly cluster: { readonly kubeVersion: string; readonly apiVersions: readonly string[] };
  readonly env: TemplateEnv;
  readonly limits: RenderLimits;
}

/** What a source is made with. */
export type SourceType = 'Helm' | 'Kustomize' | 'Directory' | 'Plugin';

/** A kustomization, edited as the Application asks; building it takes a program. */
export interface KustomizeJob {
  readonly files: TreeFiles;
  /** The directory to build, below the root of `files`. */
  readonly path: string;
}

/** A source, rendered, or ready for the program that renders it. */
export type Planned =
  | { readonly kind: 'objects'; readonly sourceType: SourceType; readonly objects: readonly KubeObject[] }
  | { readonly kind: 'kustomize'; readonly job: KustomizeJob };

/** Why a source could not be rendered; `limit` names the limit that was reached. */
export interface RenderFailure {
  readonly message: string;
  readonly limit?: string;
}
