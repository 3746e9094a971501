import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { builtinStruct } from '@argosy/kube/schema';

import { ATOMIC_STRUCTS, GROUPS } from './apply-facts.ts';
import { schemaDigest, structFacts, type FieldFact } from './digest.ts';
import { FIELD_DEFAULTS } from './field-defaults.ts';
import { generateModule, MODULE_PATH } from './generate.ts';

/** Facts of the Go types, kept beside the project; the check is not run where they are missing. */
const FACTS_PATH = fileURLToPath(new URL('../../../shared/data/kubernetes-types.json', import.meta.url));

interface OutsideField {
  readonly n: string;
  readonly t: string;
  readonly p?: number;
  readonly o?: number;
  readonly inline?: boolean;
  readonly listType?: string;
  readonly listMapKey?: readonly string[];
  readonly ps?: string;
  readonly pk?: string;
}

/** What the schema is at this moment; a deliberate change of facts changes these three lines with it. */
const FROZEN = {
  sha256: '7e816bbb7a6abd662e636ce80483337add9bbea20e712251aeebc9200a1f8030',
  fields: 1998,
  kinds: 89,
};

function isList(type: string): boolean {
  // Verbs is a list of strings under a name of its own.
  return (/^\*?\[\]/.test(type) && type !== '[]byte') || type === 'Verbs';
}

function expectedFact(field: OutsideField): FieldFact {
  const { n: _, p = 0, t, o, listType = 'atomic', listMapKey = [], ps = '', pk = '' } = field;
  return {
    number: p,
    pointer: t.startsWith('*'),
    always: o === undefined,
    listType: isList(t) ? listType : '',
    keys: [...new Set(listMapKey)],
    patch: ps === '' && pk === '' ? '' : `${ps}(${pk})`,
  };
}

describe('the module of built-in types', () => {
  it('is what the generator makes', () => {
    expect(readFileSync(MODULE_PATH, 'utf8')).toBe(generateModule());
  });

  it('says what it said when its facts were last looked at', () => {
    expect(schemaDigest()).toEqual(FROZEN);
  });

  it('stays small', () => {
    expect(readFileSync(MODULE_PATH).length).toBeLessThan(200 * 1024);
  });

  it('knows every struct and field that the tables name', () => {
    for (const name of ATOMIC_STRUCTS) expect(builtinStruct(name)?.relation, name).toBe('atomic');
    for (const path of Object.keys(FIELD_DEFAULTS)) {
      const at = path.lastIndexOf('.');
      expect(builtinStruct(path.slice(0, at))?.fields.get(path.slice(at + 1))?.fallback, path).toEqual(
        FIELD_DEFAULTS[path],
      );
    }
  });
});

describe.runIf(existsSync(FACTS_PATH))('agreement with the field facts beside the project', () => {
  it('numbers, pointers, omission, list types, keys and merge strategies are the same', () => {
    const outside = JSON.parse(readFileSync(FACTS_PATH, 'utf8')) as {
      readonly [struct: string]: readonly OutsideField[];
    };
    let compared = 0;
    const differences: string[] = [];
    for (const [struct, fields] of Object.entries(outside)) {
      const schema = Object.hasOwn(GROUPS, struct.slice(0, struct.lastIndexOf('.')))
        ? builtinStruct(struct)
        : undefined;
      const facts = schema === undefined ? new Map<string, FieldFact>() : structFacts(schema);
      for (const field of fields) {
        const ours = facts.get(field.n);
        // Fields newer than the emulated version are not in the descriptors; embedded structs have no name.
        if (ours === undefined || field.p === undefined || field.inline === true) continue;
        compared += 1;
        const theirs = expectedFact(field);
        if (JSON.stringify(ours) !== JSON.stringify(theirs))
          differences.push(`${struct}.${field.n}: ${JSON.stringify(ours)} ${JSON.stringify(theirs)}`);
      }
    }
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(1700);
  });
});
