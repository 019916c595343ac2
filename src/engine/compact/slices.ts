/** Parts of weight matrices [positions × inputs × outputs], by the inputs and outputs that stay. */
import type { WeightNode } from '../nn/graph';

type Numbers = Float32Array | Uint8Array;

/** Calls back with the beginning of each row of the narrow matrix, in order, and of the row in the wide one. */
function eachRow(wide: WeightNode, inputs: Int32Array, outputs: Int32Array, visit: (narrow: number, wide: number) => void): void {
  let row = 0;
  for (let position = 0; position < positions(wide); position++) {
    for (const i of inputs) visit(row++ * outputs.length, (position * wide.inputs + i) * wide.outputs);
  }
}

const positions = (node: WeightNode) => (node.op === 'conv' ? node.kernel[0] * node.kernel[1] : 1);

export function narrowMatrix<T extends Numbers>(wide: WeightNode, numbers: T, inputs: Int32Array, outputs: Int32Array): T {
  const narrow = empty(numbers, positions(wide) * inputs.length * outputs.length);
  eachRow(wide, inputs, outputs, (to, from) => {
    for (let o = 0; o < outputs.length; o++) narrow[to + o] = numbers[from + outputs[o]!]!;
  });
  return narrow;
}

/** The other way: zeros where nothing was left. */
export function widenMatrix<T extends Numbers>(wide: WeightNode, numbers: T, inputs: Int32Array, outputs: Int32Array): T {
  const matrix = empty(numbers, positions(wide) * wide.inputs * wide.outputs);
  eachRow(wide, inputs, outputs, (from, to) => {
    for (let o = 0; o < outputs.length; o++) matrix[to + outputs[o]!] = numbers[from + o]!;
  });
  return matrix;
}

/** Nothing (a layer without biases) stays nothing. */
export function narrowVector<T extends Numbers>(numbers: T, kept: Int32Array): T {
  if (numbers.length === 0) return numbers;
  const narrow = empty(numbers, kept.length);
  kept.forEach((from, to) => (narrow[to] = numbers[from]!));
  return narrow;
}

export function widenVector<T extends Numbers>(numbers: T, kept: Int32Array, length: number, elsewhere = 0): T {
  if (numbers.length === 0) return numbers;
  const wide = empty(numbers, length);
  wide.fill(elsewhere);
  kept.forEach((to, from) => (wide[to] = numbers[from]!));
  return wide;
}

const empty = <T extends Numbers>(like: T, length: number): T =>
  (like instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length)) as T;
