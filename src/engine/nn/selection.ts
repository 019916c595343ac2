/**
 * The matrix [inputs × indices], row-major, whose product with rows of `inputs` channels picks the channels `indices`, in that order; -1 gives
 * a channel of zeros.
 */
export function selectionMatrix(inputs: number, indices: ArrayLike<number>): Float32Array {
  const matrix = new Float32Array(inputs * indices.length);
  for (let o = 0; o < indices.length; o++) if (indices[o]! >= 0) matrix[indices[o]! * indices.length + o] = 1;
  return matrix;
}
