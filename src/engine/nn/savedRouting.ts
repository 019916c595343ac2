/**
 * Is the matrix of a fixed layer [inputs, outputs] (row-major) one that selects channels or puts channels of zeros beside them? These two
 * have no standard layer, so files hold them as 1×1 convolutions with one-hot kernels.
 */
export function channelRouting(
  matrix: Float32Array,
  inputs: number,
  outputs: number,
): { op: 'select'; indices: number[] } | { op: 'pad-channels'; before: number; after: number } | undefined {
  /** The input channel that an output is, or -1 for zeros. */
  const from: number[] = [];
  for (let o = 0; o < outputs; o++) {
    let at = -1;
    for (let i = 0; i < inputs; i++) {
      const weight = matrix[i * outputs + o];
      if (weight === 0) continue;
      if (weight !== 1 || at >= 0) return undefined;
      at = i;
    }
    from.push(at);
  }
  if (!from.includes(-1)) return { op: 'select', indices: from };
  const before = from.findIndex((i) => i >= 0);
  if (before < 0 || outputs < before + inputs) return undefined;
  const inPlace = from.every((i, o) => i === (o >= before && o < before + inputs ? o - before : -1));
  return inPlace ? { op: 'pad-channels', before, after: outputs - before - inputs } : undefined;
}
