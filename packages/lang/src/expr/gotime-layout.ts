/** The parts of a Go time layout. */
export type LayoutPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: FieldName }
  | { readonly kind: 'fraction'; readonly mark: string; readonly digits: number; readonly trimmed: boolean };

/** The reference values that a layout is made of, longest match first. */
const FIELDS = [
  'January',
  'Jan',
  'Monday',
  'Mon',
  'MST',
  '2006',
  '-07:00:00',
  '-070000',
  '-07:00',
  '-0700',
  '-07',
  'Z07:00:00',
  'Z070000',
  'Z07:00',
  'Z0700',
  'Z07',
  '__2',
  '_2',
  '002',
  '01',
  '02',
  '03',
  '04',
  '05',
  '06',
  '15',
  'PM',
  'pm',
  '1',
  '2',
  '3',
  '4',
  '5',
] as const;

/** One reference value. */
export type FieldName = (typeof FIELDS)[number];

const isDigit = (char: string | undefined): boolean => char !== undefined && /^\d$/.test(char);

/** `Jan` and `Mon` are names only if no lower-case letter follows, as in `Month`. */
function startsField(layout: string, at: number): FieldName | undefined {
  for (const name of FIELDS) {
    if (!layout.startsWith(name, at)) continue;
    const following = layout.charAt(at + name.length);
    const short = name === 'Jan' || name === 'Mon';
    if (short && /[a-z]/.test(following)) continue;
    // `_2006` is an underscore in front of a year.
    if (name === '_2' && layout.startsWith('_2006', at)) continue;
    return name;
  }
  return undefined;
}

/** `.000`, `,999`: a fraction of a second, only where no further digit follows. */
function fractionAt(layout: string, at: number): LayoutPart | undefined {
  const match = /^([.,])(0+|9+)(?!\d)/.exec(layout.slice(at, at + 12));
  if (match === null) return undefined;
  const run = match[2] ?? '';
  if (isDigit(layout.charAt(at + 1 + run.length))) return undefined;
  return { kind: 'fraction', mark: match[1] ?? '.', digits: run.length, trimmed: run.startsWith('9') };
}

/** Takes a layout such as `2006-01-02T15:04:05.999Z07:00` apart. */
export function layoutParts(layout: string): readonly LayoutPart[] {
  const parts: LayoutPart[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  for (let at = 0; at < layout.length;) {
    const fraction = fractionAt(layout, at);
    const name = fraction === undefined ? startsField(layout, at) : undefined;
    if (fraction === undefined && name === undefined) {
      text += layout.charAt(at);
      at += 1;
      continue;
    }
    flush();
    if (fraction?.kind === 'fraction') {
      parts.push(fraction);
      at += 1 + fraction.digits;
    } else if (name !== undefined) {
      parts.push({ kind: 'field', name });
      at += name.length;
    }
  }
  flush();
  return parts;
}

/** Go's names of layouts. */
export const GO_LAYOUTS = {
  ansic: 'Mon Jan _2 15:04:05 2006',
  unixDate: 'Mon Jan _2 15:04:05 MST 2006',
  rubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  rfc822: '02 Jan 06 15:04 MST',
  rfc850: 'Monday, 02-Jan-06 15:04:05 MST',
  rfc1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  rfc3339: '2006-01-02T15:04:05Z07:00',
  rfc3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
  kitchen: '3:04PM',
} as const;

/** Names of months, January first. */
export const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Names of weekdays, Sunday first. */
export const WEEKDAYS: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];
