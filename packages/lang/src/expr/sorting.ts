/** Sorts a copy by a `less` that may throw. Stable. */
export function sortValues<T>(items: readonly T[], less: (a: T, b: T) => boolean): T[] {
  return items.toSorted((a, b) => (less(a, b) ? -1 : less(b, a) ? 1 : 0));
}
