/** The numbers of a network beside its graph, as plain arrays: what training changes, files hold and compaction narrows. */

import type { ChannelSite } from './graph';

/**
 * What one layer holds.
 * Dense layer or convolution: the weight matrix, one column an output; a bias an output ([] where the layer has none).
 * Batch norm: scale (gamma) as `weights`, shift (beta) as `bias`, and the running statistics; one of each a channel.
 */
export interface LayerValues {
  weights: Float32Array;
  bias: Float32Array;
  /** In the layout of `weights`, 1 = alive. Where it is 0 the weight (and, of a batch norm, the shift) is held at zero. */
  mask: Uint8Array;
  /** Of a dense layer or convolution whose outputs were cut as channels: 1 = alive. Biases where it is 0 are held at zero. */
  biasMask?: Uint8Array;
  /** Of a batch norm alone: running mean and (unbiased) variance. */
  mean?: Float32Array;
  variance?: Float32Array;
}

/** By layer name. */
export type NetworkValues = Map<string, LayerValues>;

/** Momentum of the trained arrays, in the layout of the values. */
export type Velocities = Map<string, { weights: Float32Array; bias: Float32Array }>;

/** Which channels of a site are alive: 1 each. */
export function aliveChannels({ name, op, channels }: ChannelSite, values: NetworkValues): Uint8Array {
  const { mask, biasMask } = values.get(name)!;
  return (op === 'batch-norm' ? mask : biasMask)?.slice() ?? new Uint8Array(channels).fill(1);
}
