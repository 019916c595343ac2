/** Fraction of the connections kept by `masks` that `others` (same layout) drops; 0 where nothing is kept. */
export function differingFraction(masks: readonly Uint8Array[], others: readonly Uint8Array[]): number {
  let kept = 0;
  let differing = 0;
  masks.forEach((mask, l) => {
    const other = others[l]!;
    for (let e = 0; e < mask.length; e++) {
      if (mask[e] !== 1) continue;
      kept++;
      if (other[e] !== 1) differing++;
    }
  });
  return kept === 0 ? 0 : differing / kept;
}
