const CHUNK = new RegExp(
  [
    'January',
    'Jan(?![a-z])',
    'Monday',
    'Mon(?![a-z])',
    'MST',
    '002',
    '0[1-6]',
    '15',
    '1',
    '2006',
    '2',
    '_(?=2006)',
    '__2',
    '_2',
    '[345]',
    'PM',
    'pm',
    '[-Z]07:00:00',
    '[-Z]070000',
    '[-Z]07:00',
    '[-Z]0700',
    '[-Z]07',
    '[.,]0+(?![0-9])',
    '[.,]9+(?![0-9])',
  ].join('|'),
  'g',
);

/** A piece of a layout: literal text, or one of Go's reference elements. */
export interface LayoutPiece {
  readonly literal: boolean;
  readonly text: string;
}

/** Takes a layout such as `2006-01-02` apart. */
export function layoutPieces(layout: string): readonly LayoutPiece[] {
  const pieces: LayoutPiece[] = [];
  let at = 0;
  for (const match of layout.matchAll(CHUNK)) {
    // An underscore before the year is only text.
    if (match[0] === '_') continue;
    if (match.index > at) pieces.push({ literal: true, text: layout.slice(at, match.index) });
    pieces.push({ literal: false, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < layout.length) pieces.push({ literal: true, text: layout.slice(at) });
  return pieces;
}

/** True for `.000` and `,999`: a fraction of a second. */
export const isFraction = (piece: LayoutPiece | undefined): boolean =>
  piece?.literal === false && /^[.,]/.test(piece.text);

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
