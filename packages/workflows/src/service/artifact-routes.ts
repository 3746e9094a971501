import { resources } from '@argosy/api';
import { RestError, type RestRequest, type RestResponse, type RestRoute } from '@argosy/api/rest';
import type { Artifact, Workflow } from '@argosy/api/workflows';
import { getObject, type ClusterApi } from '@argosy/kube/port';

import { ArtifactFault, type ArtifactStore, type OpenArtifact } from '../artifacts/index.ts';

/** Types that a browser may show; everything else is handed out as bytes to be saved. Pages and drawings can run code. */
const SHOWN: { readonly [extension: string]: string } = {
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  csv: 'text/plain; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** What a browser may do with an artifact when it shows it. */
const CONTENT_POLICY = "sandbox; base-uri 'none'; default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'";

function headersOf(fileName: string, isShown: boolean): { readonly [name: string]: string } {
  const plain = fileName.replace(/[^\w.-]/g, '_').slice(-150);
  const encoded = encodeURIComponent(fileName).replace(/['()*]/g, escape);
  return {
    'content-disposition': `${isShown ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${encoded}`,
    'content-security-policy': CONTENT_POLICY,
    'x-frame-options': 'SAMEORIGIN',
  };
}

function answer(open: OpenArtifact): RestResponse {
  const type = SHOWN[open.fileName.split('.').at(-1)?.toLowerCase() ?? ''];
  return {
    kind: 'bytes',
    contentType: type ?? 'application/octet-stream',
    headers: headersOf(open.fileName, type !== undefined),
    chunks: open.chunks,
  };
}

/** What a caller asks for: an artifact of one node, or a file below it. */
interface Wanted {
  readonly nodeId: string;
  readonly direction: 'inputs' | 'outputs';
  readonly name: string;
  readonly inner: string;
}

function find(workflow: Workflow, wanted: Wanted): Artifact {
  const nodes = workflow.status?.nodes ?? {};
  const node = Object.hasOwn(nodes, wanted.nodeId) ? nodes[wanted.nodeId] : undefined;
  const found = node?.[wanted.direction]?.artifacts?.find((item) => item.name === wanted.name);
  if (found !== undefined && found.deleted !== true) return found;
  const what = `${wanted.direction}.artifacts.${wanted.name} of node ${wanted.nodeId}`;
  throw new RestError('NotFound', `workflow ${workflow.metadata.name} has no ${what}`);
}

/** What the routes need. */
export interface ArtifactRouteOptions {
  readonly api: ClusterApi;
  readonly artifacts: ArtifactStore;
}

async function download(options: ArtifactRouteOptions, request: RestRequest, wanted: Wanted): Promise<RestResponse> {
  const { namespace = '', name = '' } = request.params;
  const target = { resource: resources.workflows, key: { namespace, name } };
  const workflow = await getObject<Workflow>(options.api, target, { signal: request.signal });
  const { inner } = wanted;
  try {
    const place = { namespace, artifact: find(workflow, wanted), inner };
    return answer(await options.artifacts.open(place, request.signal));
  } catch (error) {
    if (!(error instanceof ArtifactFault)) throw error;
    throw new RestError(
      error.isMissing ? 'NotFound' : 'FailedPrecondition',
      `artifact ${wanted.name}: ${error.message}`,
    );
  }
}

function wantedFile(request: RestRequest): Wanted {
  const { discriminator = '', direction = '', nodeId = '', artifactName: name = '', path: inner = '' } = request.params;
  if (discriminator !== 'workflows') {
    const allowed = "only 'workflows' is served";
    throw new RestError('InvalidArgument', `unknown id discriminator '${discriminator}': ${allowed}`);
  }
  if (direction !== 'inputs' && direction !== 'outputs') {
    throw new RestError('InvalidArgument', `'${direction}' is neither 'inputs' nor 'outputs'`);
  }
  return { nodeId, direction, name, inner };
}

const access = {
  resource: 'workflows',
  action: 'get',
  object: ({ params }: RestRequest): string => `${params['namespace'] ?? ''}/${params['name'] ?? ''}`,
};

/** Downloads of artifacts, on upstream's paths. */
export function artifactRoutes(options: ArtifactRouteOptions): readonly RestRoute[] {
  const file = '/artifact-files/{namespace}/{discriminator}/{name}/{nodeId}/{direction}/{artifactName}';
  const one = (path: string, direction: Wanted['direction']): RestRoute => ({
    method: 'GET',
    path: `${path}/{namespace}/{name}/{nodeId}/{artifactName}`,
    access,
    handle: (request) => {
      const { nodeId = '', artifactName: name = '' } = request.params;
      return download(options, request, { nodeId, direction, name, inner: '' });
    },
  });
  return [
    { method: 'GET', path: file, access, handle: (request) => download(options, request, wantedFile(request)) },
    {
      method: 'GET',
      path: `${file}/{path=**}`,
      access,
      handle: (request) => download(options, request, wantedFile(request)),
    },
    one('/artifacts', 'outputs'),
    one('/input-artifacts', 'inputs'),
  ];
}
