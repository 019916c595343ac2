/** The connections of a layer that count: between an input channel and an output channel, over all positions of a kernel. */
import type { WeightNode } from '../nn/graph';
import { prunableLayers, weightCount, type Graph } from '../nn/graph';
import type { LayerValues, NetworkValues } from '../nn/values';

/** By layer: [inputs × outputs], 1 where the output reads the input. */
export type Connections = ReadonlyMap<string, Uint8Array>;

/** With `keepAlive` a connection of value zero counts like any other that its mask leaves, since it can be trained. */
export function connections(graph: Graph, values: NetworkValues, keepAlive: boolean): Connections {
  return new Map(
    prunableLayers(graph).map((node) => {
      const { weights, mask } = values.get(node.name)!;
      const pairs = node.inputs * node.outputs;
      const reads = new Uint8Array(pairs);
      for (let first = 0; first < mask.length; first += pairs) {
        for (let p = 0; p < pairs; p++) if (mask[first + p] === 1 && (keepAlive || weights[first + p] !== 0)) reads[p] = 1;
      }
      return [node.name, reads];
    }),
  );
}

/** Does a border of zeros surround what the layer reads? Then a constant channel does not give the same at every position. */
export function padded(node: WeightNode): boolean {
  return node.op === 'conv' && node.padding === 'same' && (node.kernel[0] > 1 || node.kernel[1] > 1);
}

/** Can the layer take this constant input into its biases? Zero costs nothing; NaN stands for an input that is not constant. */
export function canFold(node: WeightNode, constant: number): boolean {
  return constant === 0 || (!Number.isNaN(constant) && node.bias && !padded(node));
}

/**
 * The biases plus what constant inputs add to them, in float64; zeros for a layer without biases.
 *
 * @param constants [inputs]: the input's value, or 0 where nothing is to be added
 */
export function foldedBias(node: WeightNode, { weights, bias, mask, biasMask }: LayerValues, constants: Float64Array): Float64Array {
  const { inputs, outputs } = node;
  const folded = Float64Array.from({ length: outputs }, (_, o) => (biasMask?.[o] === 0 ? 0 : (bias[o] ?? 0)));
  if (constants.every((c) => c === 0)) return folded;
  for (let e = 0; e < weightCount(node); e++) {
    const constant = constants[Math.floor(e / outputs) % inputs]!;
    if (constant !== 0 && mask[e] === 1) folded[e % outputs]! += weights[e]! * constant;
  }
  return folded;
}
