import { isObject, setOwn } from '@argosy/std';
import { parseConstraint, parseVersion } from '@argosy/lang/semver';
import { chartName, HelmError, setDependencies, type Chart, type Dependency, type Values } from './chart.ts';
import { coalesceTables, coalesceValues, copyValues, mergeValues, tableAt } from './coalesce.ts';

/** True when a version satisfies a constraint; anything that cannot be read does not. */
export function isCompatibleRange(constraint: string, version: string): boolean {
  const parsed = parseVersion(version);
  const wanted = parseConstraint(constraint);
  return parsed.ok && wanted.ok && wanted.value.check(parsed.value);
}

/** A copy of the chart that a dependency names, renamed to its alias; it shares its children, as in Helm. */
function aliased(charts: readonly Chart[], wanted: Dependency): Chart | undefined {
  const found = charts.find(
    (chart) => chartName(chart) === wanted.name && isCompatibleRange(wanted.version, chart.metadata.version),
  );
  if (found === undefined) return undefined;
  const metadata = { ...found.metadata };
  if (wanted.alias !== '') metadata.name = wanted.alias;
  return { ...found, metadata };
}

function applyTags(dependencies: readonly Dependency[], values: Values): void {
  const tags = tableAt(values, 'tags');
  if (tags === undefined) return;
  for (const dependency of dependencies) {
    const said = dependency.tags.map((tag) => (Object.hasOwn(tags, tag) ? tags[tag] : undefined));
    dependency.enabled = said.includes(true) || !said.includes(false);
  }
}

/** What stands at a dotted path; `undefined` for nothing and for tables. */
function scalarAt(values: Values, path: string): unknown {
  const cut = path.lastIndexOf('.');
  const table = cut < 0 ? values : tableAt(values, path.slice(0, cut));
  const key = path.slice(cut + 1);
  return table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

function applyConditions(dependencies: readonly Dependency[], values: Values, prefix: string): void {
  for (const dependency of dependencies) {
    for (const path of dependency.condition.trim().split(',')) {
      const found = path === '' ? undefined : scalarAt(values, prefix + path);
      if (typeof found !== 'boolean') continue;
      dependency.enabled = found;
      break;
    }
  }
}

function chosen(chart: Chart, dependencies: readonly Dependency[]): readonly Chart[] {
  const unnamed = chart.dependencies.filter(
    (child) =>
      !dependencies.some(
        (wanted) => wanted.name === chartName(child) && isCompatibleRange(wanted.version, child.metadata.version),
      ),
  );
  const named: Chart[] = [];
  for (const wanted of dependencies) {
    const found = aliased(chart.dependencies, wanted);
    if (found !== undefined) named.push(found);
    if (wanted.alias !== '') wanted.name = wanted.alias;
  }
  return [...unnamed, ...named];
}

function enable(chart: Chart, values: Values, path: string): void {
  const { dependencies } = chart.metadata;
  if (dependencies === undefined) return;
  setDependencies(chart, chosen(chart, dependencies));
  for (const dependency of dependencies) dependency.enabled = true;
  const all = coalesceValues(chart, values);
  applyTags(dependencies, all);
  applyConditions(dependencies, all, path);
  const removed = new Set(dependencies.filter(({ enabled }) => !enabled).map(({ name }) => name));
  const kept = chart.dependencies.filter((child) => !removed.has(chartName(child)));
  for (const child of kept) enable(child, all, `${path}${chartName(child)}.`);
  const left = dependencies.filter(({ name }) => !removed.has(name));
  chart.metadata.dependencies = left.length === 0 ? undefined : left;
  setDependencies(chart, kept);
}

function nested(path: string, table: Values): Values {
  if (path === '.') return table;
  return path.split('.').reduceRight<Values>((inner, key) => {
    const outer: Values = {};
    setOwn(outer, key, inner);
    return outer;
  }, table);
}

/** Where an import comes from in the child, and where it goes in the parent. */
function importPlace(entry: unknown): { readonly child: string; readonly parent: string } | undefined {
  if (typeof entry === 'string') return { child: `exports.${entry}`, parent: '.' };
  if (!isObject(entry)) return undefined;
  return { child: String(entry['child']), parent: String(entry['parent']) };
}

function importInto(chart: Chart): void {
  const { dependencies } = chart.metadata;
  if (dependencies === undefined) return;
  const all = mergeValues(chart, {});
  let imported: Values = {};
  for (const dependency of dependencies) {
    // Templates see every import in its long form.
    const places = dependency.importValues.map(importPlace).filter((place) => place !== undefined);
    dependency.importValues = places;
    for (const place of places) {
      const table = tableAt(all, `${dependency.name}.${place.child}`);
      if (table === undefined) continue;
      imported = coalesceTables(imported, nested(place.parent, table), true);
    }
  }
  chart.values = coalesceTables(copyValues(all), imported, true);
}

function importValues(chart: Chart): void {
  for (const child of chart.dependencies) importValues(child);
  importInto(chart);
}

/** Enables, renames, prunes and imports, changing the chart in place. @throws HelmError */
export function processDependencies(chart: Chart, values: Values): void {
  enable(chart, values, '');
  importValues(chart);
}

/** Refuses a chart whose declared dependencies are not all there. @throws HelmError */
export function checkDependenciesPresent(chart: Chart): void {
  const present = new Set(chart.dependencies.map(chartName));
  const missing = (chart.metadata.dependencies ?? []).map(({ name }) => name).filter((name) => !present.has(name));
  if (missing.length === 0) return;
  throw new HelmError(
    'An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch ' +
      `missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
  );
}
