import { isObject, setOwn } from '@argosy/std';
import type { ApplicationSource } from '@argosy/api/cd';
import { parseYaml } from '@argosy/lang/yaml';
import { textOfBytes } from '../helm/index.ts';
import type { SourceType, TreeFiles } from './request.ts';

/** The names that a kustomization goes by. */
export const KUSTOMIZATION_NAMES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** What a source is: said by its fields, else by the files that lie in its directory. */
export function detectSourceType(source: ApplicationSource, names: readonly string[]): SourceType {
  if (source.plugin !== undefined) return 'Plugin';
  if (source.chart !== undefined || source.helm !== undefined) return 'Helm';
  if (source.kustomize !== undefined) return 'Kustomize';
  if (source.directory !== undefined) return 'Directory';
  if (names.some((name) => KUSTOMIZATION_NAMES.includes(name))) return 'Kustomize';
  return names.includes('Chart.yaml') ? 'Helm' : 'Directory';
}

/** The files in which a repository overrides parts of the source, the later one stronger. */
export function overrideNames(appName: string): readonly string[] {
  return ['.argocd-source.yaml', `.argocd-source-${appName}.yaml`];
}

/** Members that no override file may change: what is rendered is the Application's word. */
const FIXED: readonly string[] = ['repoURL', 'path', 'chart', 'targetRevision', 'ref', 'name'];

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: { [key: string]: unknown } = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setOwn(merged, key, mergePatch(Object.hasOwn(merged, key) ? merged[key] : undefined, value));
  }
  return merged;
}

/** The source with the override files of its directory merged in; the error is told in words. */
export function applyOverrides(
  source: ApplicationSource,
  appName: string,
  files: TreeFiles,
): { readonly source: ApplicationSource } | { readonly problem: string } {
  let merged: unknown = source;
  for (const name of overrideNames(appName)) {
    const data = files.get(name);
    if (data === undefined) continue;
    const parsed = parseYaml(textOfBytes(data));
    if (!parsed.ok) return { problem: `${name}: ${parsed.error.message}` };
    if (parsed.value === null) continue;
    if (!isObject(parsed.value)) return { problem: `${name}: expected an object` };
    const allowed = Object.entries(parsed.value).filter(([key]) => !FIXED.includes(key));
    merged = mergePatch(merged, Object.fromEntries(allowed));
  }
  return { source: merged as ApplicationSource };
}
