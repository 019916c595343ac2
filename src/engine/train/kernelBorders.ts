import type { ConvNode } from '../nn/graph';

/**
 * The mask of a convolution without `count` outer rows of its kernel and as many outer columns, given up one after another: each time the
 * side (top or bottom, left or right) whose weights have the smaller mean magnitude. The last row and column stay.
 *
 * @param weights [height, width, inputs, outputs], zero where they are masked; @param mask same layout
 */
export function zeroBorders(node: ConvNode, weights: Float32Array, mask: Uint8Array, count: number): Uint8Array {
  const [height, width] = node.kernel;
  const perTap = node.inputs * node.outputs;
  const taps = new Float64Array(height * width);
  weights.forEach((w, e) => (taps[Math.floor(e / perTap)]! += Math.abs(w)));

  let [top, bottom, left, right] = [0, height, 0, width];
  const sum = (rows: readonly [number, number], columns: readonly [number, number]) => {
    let total = 0;
    for (let y = rows[0]; y < rows[1]; y++) for (let x = columns[0]; x < columns[1]; x++) total += taps[y * width + x]!;
    return total;
  };
  for (let n = 0; n < count; n++) {
    if (bottom - top > 1) {
      if (sum([top, top + 1], [left, right]) <= sum([bottom - 1, bottom], [left, right])) top++;
      else bottom--;
    }
    if (right - left > 1) {
      if (sum([top, bottom], [left, left + 1]) <= sum([top, bottom], [right - 1, right])) left++;
      else right--;
    }
  }
  return mask.map((m, e) => {
    const tap = Math.floor(e / perTap);
    const [y, x] = [Math.floor(tap / width), tap % width];
    return y >= top && y < bottom && x >= left && x < right ? m : 0;
  });
}
