/** Lists up to this many rows are drawn whole; longer ones are windowed. */
export const MAX_PLAIN_ROWS = 300;

/** Rows drawn above and below what is visible. */
export const OVERSCAN_ROWS = 20;

/** Which rows of a list are drawn: `first` included, `end` not. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
}

/** What of a list is drawn. All numbers in pixels but the count. */
export function rowWindow(list: {
  readonly count: number;
  readonly rowHeight: number;
  /** How far the list's top is above the visible part's top. */
  readonly scrolled: number;
  readonly visibleHeight: number;
}): RowWindow {
  if (list.count <= MAX_PLAIN_ROWS) return { first: 0, end: list.count };
  const top = Math.floor(list.scrolled / list.rowHeight);
  const bottom = Math.ceil((list.scrolled + list.visibleHeight) / list.rowHeight);
  const first = Math.min(Math.max(0, top - OVERSCAN_ROWS), list.count);
  return { first, end: Math.max(first, Math.min(list.count, bottom + OVERSCAN_ROWS)) };
}
