/** What lists do not offer by themselves, or not for long ones. */

/** The largest of the values, `least` at least. Not by spreading: images have more pixels than a call may have arguments. */
export const largest = (values: readonly number[], least = 0): number => values.reduce((a, b) => Math.max(a, b), least);

/** Items by their key, in order: the groups by their first item, the items as they came. (Node 20 has no Map.groupBy.) */
export function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
