import { isObject } from '@argosy/std';

/** How items of a merged list are told apart: by the value under a merge key, or by themselves (scalars). */
export type ItemKey = string | undefined;

/** The identity of an item, as a text that differs for different values and JSON types. */
export function itemIdentity(item: unknown, key: ItemKey): string {
  const value = key === undefined ? item : isObject(item) && Object.hasOwn(item, key) ? item[key] : undefined;
  return `${typeof value}:${String(value)}`;
}

function positions(list: readonly unknown[], key: ItemKey): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  list.forEach((item, index) => {
    const identity = itemIdentity(item, key);
    if (!places.has(identity)) places.set(identity, index);
  });
  return places;
}

/** The items sorted by where `order` has them; those it does not name keep their place at the end. */
export function sortedBy(items: readonly unknown[], order: readonly unknown[], key: ItemKey): unknown[] {
  const places = positions(order, key);
  const place = (item: unknown): number => places.get(itemIdentity(item, key)) ?? order.length;
  return items
    .map((item, index) => ({ item, index, place: place(item) }))
    .sort((a, b) => a.place - b.place || a.index - b.index)
    .map((entry) => entry.item);
}

/**
 * The order of a merged list: items named by `patchOrder` in that order, the others as the live list has them. An
 * other item goes before the next patch item only when both were in the live list and it stood before it.
 */
export function mergeOrder(
  merged: readonly unknown[],
  orders: { readonly patchOrder: readonly unknown[]; readonly liveOrder: readonly unknown[] },
  key: ItemKey,
): unknown[] {
  const inPatch = positions(orders.patchOrder, key);
  const live = positions(orders.liveOrder, key);
  const place = (item: unknown): number | undefined => live.get(itemIdentity(item, key));
  const isPatchItem = (item: unknown): boolean => inPatch.has(itemIdentity(item, key));
  const patchItems = sortedBy(merged.filter(isPatchItem), orders.patchOrder, key);
  const others = sortedBy(
    merged.filter((item) => !isPatchItem(item)),
    orders.liveOrder,
    key,
  );
  const result: unknown[] = [];
  // compat(kube-0203): an item new to the live list therefore comes first unless $setElementOrder places it.
  let next = 0;
  for (const item of patchItems) {
    const limit = place(item);
    while (next < others.length && limit !== undefined && (place(others[next]) ?? limit) < limit) {
      result.push(others[next]);
      next += 1;
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}
