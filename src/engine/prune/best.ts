/**
 * The k best of many scores, exactly k, in linear time: radix selection of the k-th largest score, then the same among its ties. The order
 * is total, so equal inputs give equal masks: higher score, then larger |w|, then lower flat index (layers in the order given).
 */

/**
 * Marks the k best. Scores are numbers (not NaN); -Infinity is never chosen, and at least k of the others must be there.
 *
 * @param scores arrays of scores, one for each layer
 * @param weights same layout, for ties
 * @param masks same layout: the chosen are set to 1, nothing else is touched
 */
export function markBest(scores: readonly Float64Array[], weights: readonly Float32Array[], k: number, masks: readonly Uint8Array[]): void {
  if (k === 0) return;
  const { value: threshold, above, equal } = kthLargest(scores, k);
  const wanted = k - above;
  // Ties are ranked by |w| only where not all of them stay.
  const tie = wanted < equal ? kthLargest([magnitudesWhere(scores, weights, threshold, equal)], wanted) : null;
  let lastTies = tie ? wanted - tie.above : 0;
  scores.forEach((s, l) => {
    const mask = masks[l]!;
    const w = weights[l]!;
    for (let e = 0; e < s.length; e++) {
      if (s[e]! > threshold) mask[e] = 1;
      else if (s[e] === threshold) {
        const magnitude = tie ? Math.abs(w[e]!) : 0;
        if (!tie || magnitude > tie.value || (magnitude === tie.value && lastTies-- > 0)) mask[e] = 1;
      }
    }
  });
}

function magnitudesWhere(scores: readonly Float64Array[], weights: readonly Float32Array[], score: number, count: number): Float64Array {
  const magnitudes = new Float64Array(count);
  let at = 0;
  scores.forEach((s, l) => {
    for (let e = 0; e < s.length; e++) if (s[e] === score) magnitudes[at++] = Math.abs(weights[l]![e]!);
  });
  return magnitudes;
}

/** The k-th largest value (k from 1), how many are above it, how many equal it. Four rounds of 16 bits, each on the bucket of the last. */
export function kthLargest(arrays: readonly Float64Array[], k: number): { value: number; above: number; equal: number } {
  const histogram = new Uint32Array(1 << 16);
  let candidates = arrays;
  let above = 0;
  let equal = arrays.reduce((sum, array) => sum + array.length, 0);
  for (let digit = 3; digit >= 0; digit--) {
    histogram.fill(0);
    for (const array of candidates) countDigits(array, digit, histogram);
    let bucket = histogram.length - 1;
    while (above + histogram[bucket]! < k) above += histogram[bucket--]!;
    if (histogram[bucket] === equal) continue;
    equal = histogram[bucket]!;
    const chosen = new Float64Array(equal);
    let at = 0;
    for (const array of candidates) at = takeDigit(array, digit, bucket, chosen, at);
    candidates = [chosen];
  }
  return { value: candidates.find((array) => array.length > 0)![0]!, above, equal };
}

/**
 * Float64 values in order are their bits in order as unsigned integers, once negative ones have all bits flipped and the others the sign
 * bit. A digit is 16 of those bits; 3 is the highest. Arrays are read as little-endian words, as every platform that runs Node has them.
 */
function countDigits(array: Float64Array, digit: number, histogram: Uint32Array): void {
  const words = new Uint16Array(array.buffer, array.byteOffset, array.length * 4);
  for (let at = 0; at < words.length; at += 4) histogram[digitOf(words, at, digit)]!++;
}

function takeDigit(array: Float64Array, digit: number, bucket: number, into: Float64Array, from: number): number {
  const words = new Uint16Array(array.buffer, array.byteOffset, array.length * 4);
  let to = from;
  for (let at = 0; at < words.length; at += 4) if (digitOf(words, at, digit) === bucket) into[to++] = array[at >> 2]!;
  return to;
}

function digitOf(words: Uint16Array, at: number, digit: number): number {
  const negative = words[at + 3]! & 0x8000;
  const flip = negative ? 0xffff : digit === 3 ? 0x8000 : 0;
  return words[at + digit]! ^ flip;
}
