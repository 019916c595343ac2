/**
 * Which channels do not depend on the sample, and what they give: a neuron without inputs gives relu(bias), a channel that is switched off
 * gives zero, and so does all that is made of such channels. (Of a trained network in inference mode.)
 */
import type { BatchNormNode, WeightNode } from '../nn/graph';
import type { LayerValues, NetworkValues } from '../nn/values';
import { foldedBias, padded, type Connections } from './connections';
import type { Wired, Wiring } from './wiring';

/** By node, an entry a channel: what it gives at every position for every sample; NaN where that is not one number. */
export type Constants = ReadonlyMap<string, Float64Array>;

/**
 * @param keepAlive only what masks hold at zero is constant: not what happens to be, but could change in training
 */
export function constants(wiring: Wiring, values: NetworkValues, reads: Connections, keepAlive: boolean): Constants {
  const found = new Map<string, Float64Array>();
  for (const [name, wired] of wiring) {
    const { node, operands, outputs } = wired;
    const read = operands.map(({ source, channels }) => channelsOf(found.get(source)!, channels));
    if (node.op === 'input') found.set(name, new Float64Array(outputs).fill(NaN));
    else if (node.op === 'dense' || node.op === 'conv')
      found.set(name, ofWeights(node, values.get(name)!, reads.get(name)!, read[0]!, keepAlive));
    else if (node.op === 'batch-norm') found.set(name, ofBatchNorm(node, values.get(name)!, read[0]!, keepAlive));
    else found.set(name, passedOn(wired, read));
  }
  return found;
}

/** What is read of a source; nothing (-1) adds nothing. */
const channelsOf = (given: Float64Array, channels: Int32Array) => Float64Array.from(channels, (c) => (c < 0 ? 0 : given[c]!));

function ofWeights(node: WeightNode, values: LayerValues, reads: Uint8Array, read: Float64Array, keepAlive: boolean): Float64Array {
  const constant = foldedBias(
    node,
    values,
    read.map((c) => (Number.isNaN(c) ? 0 : c)),
  );
  const border = padded(node);
  read.forEach((c, i) => {
    if (c === 0 || !(Number.isNaN(c) || border)) return;
    for (let o = 0; o < node.outputs; o++) if (reads[i * node.outputs + o] === 1) constant[o] = NaN;
  });
  if (keepAlive && node.bias) constant.forEach((_, o) => values.biasMask?.[o] !== 0 && (constant[o] = NaN));
  return constant;
}

function ofBatchNorm({ epsilon }: BatchNormNode, values: LayerValues, read: Float64Array, keepAlive: boolean): Float64Array {
  const { weights, bias, mask, mean, variance } = values;
  return read.map((x, c) => {
    if (mask[c] === 0) return 0;
    if (keepAlive) return NaN;
    if (weights[c] === 0) return bias[c]!;
    return (weights[c]! * (x - mean![c]!)) / Math.sqrt(variance![c]! + epsilon) + bias[c]!;
  });
}

/** Sums what the operands give: all of an addition, the one that has the channel otherwise. Pooling a constant gives the constant. */
function passedOn({ node, outputs }: Wired, read: readonly Float64Array[]): Float64Array {
  const sum = Float64Array.from({ length: outputs }, (_, c) => read.reduce((total, channels) => total + channels[c]!, 0));
  return node.op === 'relu' ? sum.map((v) => Math.max(v, 0)) : sum;
}
