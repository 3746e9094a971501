import { err, ok, type Result } from '@argosy/std';
import { textOfBytes } from '../helm/index.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { applyOverrides, detectSourceType } from './detect.ts';
import { planKustomize } from './kustomize.ts';
import { filesBelow } from './paths.ts';
import { isManifestPath, renderDirectory } from './render-directory.ts';
import { renderHelm, type RenderPorts } from './render-helm.ts';
import type { Planned, RenderFailure, RenderRequest } from './request.ts';

function renderPlain(request: RenderRequest): Result<Planned, RenderFailure> {
  const options = request.source.directory ?? {};
  const environment = buildEnvironment(request);
  const files = [...filesBelow(request.tree, request.path)]
    .filter(([path]) => isManifestPath(path, options))
    .map(([path, data]) => ({ path, text: textOfBytes(data) }));
  const objects = renderDirectory(files, options, {
    limits: request.limits,
    jsonnet: {
      files: request.tree,
      root: request.path,
      options: options.jsonnet ?? {},
      substitute: (text) => substitute(text, environment),
    },
  });
  if (!objects.ok) return err({ message: objects.error.message });
  return ok({ kind: 'objects', sourceType: 'Directory', objects: objects.value });
}

function renderChart(request: RenderRequest, ports: RenderPorts): Result<Planned, RenderFailure> {
  const objects = renderHelm(request, ports);
  return objects.ok ? ok({ kind: 'objects', sourceType: 'Helm', objects: objects.value }) : objects;
}

/** Renders one source, or prepares it for the program that does: overrides, detection, then the tool's own rules. */
export function planSource(given: RenderRequest, ports: RenderPorts): Result<Planned, RenderFailure> {
  const files = filesBelow(given.tree, given.path);
  const overridden = applyOverrides(given.source, given.app.name, files);
  if ('problem' in overridden) return err({ message: overridden.problem });
  const request = { ...given, source: overridden.source };
  switch (detectSourceType(request.source, [...files.keys()])) {
    case 'Helm':
      return renderChart(request, ports);
    case 'Kustomize': {
      const job = planKustomize(request);
      return job.ok ? ok({ kind: 'kustomize', job: job.value }) : job;
    }
    case 'Directory':
      return renderPlain(request);
    case 'Plugin':
      return err({
        message: 'source type Plugin cannot be rendered: config management plugins are not served by this version',
      });
  }
}
