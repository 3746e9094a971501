import { sha256Hex } from '@argosy/std';
import { builtinKinds, builtinSchema, type TypeSchema } from '@argosy/kube/schema';

/** One field of one struct in plain words, to be compared with other sources. */
export interface FieldFact {
  readonly number: number;
  readonly pointer: boolean;
  readonly always: boolean;
  readonly listType: string;
  readonly keys: readonly string[];
  readonly patch: string;
}

function patchText(patch: TypeSchema['patch']): string {
  if (patch === undefined) return '';
  const { merge, retainKeys, replace, key = '' } = patch;
  const words = [merge ? 'merge' : '', retainKeys ? 'retainKeys' : '', replace ? 'replace' : ''];
  return `${words.filter((word) => word !== '').join(',')}(${key})`;
}

function factOf(schema: TypeSchema): FieldFact {
  const { go } = schema;
  return {
    number: go?.number ?? 0,
    pointer: go?.pointer === true,
    always: go?.always === true,
    listType: schema.shape === 'list' ? schema.relation : '',
    keys: schema.keys,
    patch: patchText(schema.patch),
  };
}

/** Facts of a struct's fields by name. */
export function structFacts(schema: TypeSchema): ReadonlyMap<string, FieldFact> {
  return new Map([...schema.fields].map(([name, field]) => [name, factOf(field)]));
}

/** Every struct that a built-in kind uses, walked through its fields; a text a field, in order. */
function allLines(): readonly string[] {
  const seen = new Set<string>();
  const lines: string[] = [];
  const visit = (schema: TypeSchema | undefined, path: string): void => {
    if (schema === undefined || schema.shape === 'any' || schema.shape === 'scalar') return;
    if (schema.shape !== 'struct') return visit(schema.element, path);
    const identity = `${schema.name} ${[...schema.fields.keys()].join(' ')}`;
    if (seen.has(identity)) return;
    seen.add(identity);
    for (const [name, field] of schema.fields) {
      lines.push(
        `${schema.name}.${name} ${field.scalar ?? field.shape} ${JSON.stringify(factOf(field))} ${JSON.stringify(field.fallback)}`,
      );
      visit(field, `${path}.${name}`);
    }
  };
  for (const gvk of builtinKinds()) visit(builtinSchema(gvk), `${gvk.group}/${gvk.version} ${gvk.kind}`);
  return lines;
}

/** One hash for everything the module says: a change of any fact changes it. */
export function schemaDigest(): { readonly sha256: string; readonly fields: number; readonly kinds: number } {
  const lines = allLines();
  return { sha256: sha256Hex(lines.join('\n')), fields: lines.length, kinds: builtinKinds().length };
}
