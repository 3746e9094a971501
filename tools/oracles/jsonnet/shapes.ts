/** A generator of numbers that gives the same sequence for the same seed. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Next = () => number;

function pick<T>(items: readonly T[], next: Next): T {
  const item = items[Math.floor(next() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

const OPERANDS = [
  'null',
  'true',
  'false',
  '0',
  '1',
  '-2',
  '2.5',
  '1e10',
  '"a"',
  '""',
  '"10"',
  '[]',
  '[1]',
  '[1, "a"]',
  '{}',
  '{a: 1}',
  '(function(x) x)',
  '3',
  '"b"',
  '[2]',
];
const OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  '&&',
  '||',
  'in',
];

/** Operators over values of all types. */
export function operatorPrograms(count: number, seed: number): readonly string[] {
  const next = sequence(seed);
  return Array.from(
    { length: count },
    () => `${pick(OPERANDS, next)} ${pick(OPERATORS, next)} ${pick(OPERANDS, next)}`,
  );
}

/** Format codes with random flags, widths and precisions. */
export function formatPrograms(count: number, seed: number): readonly string[] {
  const next = sequence(seed);
  const values = [
    '0',
    '1',
    '-1',
    '42',
    '-42',
    '3.14159',
    '-2.71828',
    '1e10',
    '1.5e-7',
    '123456.789',
    '255',
    '0.5',
    '99.995',
    '1e21',
    '-0.001',
  ];
  const flags = ['', '', '-', '0', '+', ' ', '#', '-0', '+0', '# ', '#0', '-+'];
  return Array.from({ length: count }, () => {
    const width = pick(['', '', '3', '8', '12'], next);
    const precision = pick(['', '', '.0', '.1', '.3', '.8'], next);
    return `"[%${pick(flags, next)}${width}${precision}${pick([...'diouxXeEfFgGs'], next)}]" % ${pick(values, next)}`;
  });
}

/** Numbers of all sizes, printed. */
export function numberPrograms(count: number, seed: number): readonly string[] {
  const next = sequence(seed);
  return Array.from({ length: count }, () => {
    const digits = Math.floor(next() * 10 ** (1 + Math.floor(next() * 15)));
    const exponent = Math.floor(next() * 40) - 25;
    return `[${digits}e${exponent}, -${digits} / ${1 + Math.floor(next() * 1000)}]`;
  });
}

function arithmetic(depth: number, next: Next): string {
  if (depth === 0)
    return pick(['1', '2', '3', '0.5', '10', 'x', 'y', '(if x > 2 then 1 else y)', 'std.max(x, y)', 'f(x)'], next);
  const operator = pick(['+', '-', '*', '/', '%', '<<', '&', '|', '^'], next);
  return `${pick(['', '', '-', '~'], next)}(${arithmetic(depth - 1, next)} ${operator} ${arithmetic(depth - 1, next)})`;
}

/** Arithmetic over locals and a function. */
export function arithmeticPrograms(count: number, seed: number): readonly string[] {
  const next = sequence(seed);
  return Array.from(
    { length: count },
    () => `local x = ${Math.floor(next() * 9)}, y = ${Math.floor(next() * 9)}, f(n) = n + 1; ${arithmetic(2, next)}`,
  );
}

function fieldBody(next: Next, depth: number): string {
  const simple = [
    '1',
    '2',
    '"s"',
    '[1]',
    'self.a',
    'self.b',
    '$.a',
    'super.a',
    'super.b',
    '"a" in super',
    'std.length(self)',
    '{x: 1}',
    'std.objectFields(self)',
    'l',
  ];
  const compound = [
    '[self.a, self.b]',
    '{x: $.a, y: self.x}',
    'if "b" in self then self.b else 0',
    'super.a + super.a',
    '[super.b]',
    '{a: super.a}',
  ];
  return depth > 0 && next() < 0.3 ? literal(next, depth - 1) : pick(next() < 0.6 ? simple : compound, next);
}

function literal(next: Next, depth: number): string {
  const names = ['a', 'b', 'c'].filter(() => next() < 0.7);
  const fields = names.map(
    (name) => `${name}${pick([':', ':', ':', '::', ':::', '+:'], next)} ${fieldBody(next, depth)}`,
  );
  const local = 'local l = 7';
  const assertion = next() < 0.1 ? [`assert ${pick(['true', '"a" in self', 'std.length(self) > 1'], next)}`] : [];
  return `{${[local, ...assertion, ...fields].join(', ')}}`;
}

/** Objects put together by inheritance. */
export function inheritancePrograms(count: number, seed: number): readonly string[] {
  const next = sequence(seed);
  return Array.from({ length: count }, () => {
    const parts = Array.from({ length: 1 + Math.floor(next() * 4) }, () => literal(next, 1));
    return pick(['$O', '$O', '($O).a', 'std.objectFieldsAll($O)', '[$O] == [$O]'], next).replaceAll('$O', () =>
      parts.join(' + '),
    );
  });
}

/** Calls in which one argument has another type. */
export function wrongTypePrograms(
  calls: Readonly<Record<string, readonly string[]>>,
  count: number,
  seed: number,
): readonly string[] {
  const next = sequence(seed);
  const names = Object.keys(calls).filter((name) => (calls[name]?.length ?? 0) > 0);
  return Array.from({ length: count }, () => {
    const name = pick(names, next);
    const size = pick([1, 2, 3], next);
    return `std.${name}(${Array.from({ length: size }, () => pick(OPERANDS, next)).join(', ')})`;
  });
}
