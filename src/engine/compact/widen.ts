import type { Graph, WeightNode } from '../nn/graph';
import type { LayerValues, NetworkValues } from '../nn/values';
import type { Narrowed } from './narrowed';
import { widenMatrix, widenVector } from './slices';

/**
 * The narrow network in the layout of the original one: what is left at its place, and elsewhere zeros that masks hold (a running mean of 0
 * and variance of 1). Its logits are the narrow network's.
 */
export function widen({ values, kept, inputs }: Pick<Narrowed, 'values' | 'kept' | 'inputs'>, original: Graph): NetworkValues {
  const wide: NetworkValues = new Map();
  for (const node of original.nodes) {
    const narrow = values.get(node.name);
    if (!narrow) continue;
    const outputs = kept.get(node.name)!;
    if (node.op === 'dense' || node.op === 'conv') wide.set(node.name, wideWeights(node, narrow, inputs.get(node.name)!, outputs));
    else if (node.op === 'batch-norm') {
      const spread = <T extends Float32Array | Uint8Array>(numbers: T, elsewhere = 0) =>
        widenVector(numbers, outputs, node.channels, elsewhere);
      wide.set(node.name, {
        weights: spread(narrow.weights),
        bias: spread(narrow.bias),
        mask: spread(narrow.mask),
        // The statistics of a channel that is switched off go on in training, but say nothing.
        mean: spread(narrow.mean!.map((m, c) => (narrow.mask[c] === 1 ? m : 0))),
        variance: spread(
          narrow.variance!.map((v, c) => (narrow.mask[c] === 1 ? v : 1)),
          1,
        ),
      });
    }
  }
  return wide;
}

function wideWeights(node: WeightNode, narrow: LayerValues, inputs: Int32Array, outputs: Int32Array): LayerValues {
  // An output that is gone stays so: its bias is held, and it is no channel to be cut.
  const cut = narrow.biasMask ?? (outputs.length < node.outputs ? new Uint8Array(outputs.length).fill(1) : undefined);
  return {
    weights: widenMatrix(node, narrow.weights, inputs, outputs),
    bias: widenVector(narrow.bias, outputs, node.outputs),
    mask: widenMatrix(node, narrow.mask, inputs, outputs),
    ...(cut && { biasMask: widenVector(cut, outputs, node.outputs) }),
  };
}
