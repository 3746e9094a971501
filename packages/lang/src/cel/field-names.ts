const KEYWORDS = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return'.split(' '),
);

const ESCAPES: readonly (readonly [string, string])[] = [
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
];

/** How Kubernetes writes a property's name in rules: `a-b` → `a__dash__b`, `namespace` → `__namespace__`. */
export function escapeField(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`;
  const escaped = ESCAPES.reduce((text, [plain, written]) => text.replaceAll(plain, written), name);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) ? escaped : undefined;
}

/** The property that a name in a rule stands for. */
export function unescapeField(field: string): string {
  const keyword = /^__([a-z]+)__$/.exec(field)?.[1];
  if (keyword !== undefined && KEYWORDS.has(keyword)) return keyword;
  return field.replaceAll(/__(underscores|dot|dash|slash)__/g, (_whole, name: string) => {
    return ESCAPES.find(([, written]) => written === `__${name}__`)?.[0] ?? '';
  });
}
