/** The weights of one layer as pruning sees them. */
export interface PrunableWeights {
  name: string;
  inputs: number;
  outputs: number;
  /** [inputs × outputs], row by row: the weight from input i to output o is at i·outputs + o. */
  weights: Float32Array;
  /** 1 = alive, 0 = pruned; same layout. */
  mask: Uint8Array;
}
