/**
 * Removal of the hidden neurons that a mask has left without outputs or without inputs (Han et al. 2015, 3.5; pruning by screening). What
 * the network computes does not change: nobody reads a neuron without outputs, and a neuron without inputs gives the constant relu(bias),
 * which is folded into the biases of the next layer.
 */

/** A dense layer of a network with ReLU between layers: z = xW + b. */
export interface MaskedLayer {
  inputs: number;
  outputs: number;
  /** [inputs × outputs], row by row. */
  weights: Float32Array;
  /** [outputs] */
  bias: Float32Array;
  /** [inputs × outputs], 1 = alive. Weights where it is 0 count as 0. */
  mask: Uint8Array;
}

export interface Narrowed {
  /** The layers without the removed neurons; weights are 0 where the mask is. The network's inputs and outputs all stay. */
  layers: MaskedLayer[];
  /** For each layer: which of its original inputs it still has. */
  keptInputs: Int32Array[];
  /** For each hidden layer, in order: neurons removed because nobody read them, and those folded into the next layer's biases. */
  removed: { noOutput: number; folded: number }[];
  /** Inputs of the network that nobody reads. They stay. */
  unusedInputs: number;
}

/**
 * Removes dead neurons until there are none: a removed neuron takes its connections with it, which can leave others dead. A hidden layer
 * keeps one neuron, dead or not, since a layer of width 0 is no layer.
 */
export function removeDeadNeurons(layers: readonly MaskedLayer[]): Narrowed {
  const masks = layers.map((layer) => layer.mask.slice());
  const biases = layers.map((layer) => Float64Array.from(layer.bias));
  const alive = layers.map((layer) => new Uint8Array(layer.outputs).fill(1));
  const removed = layers.slice(1).map(() => ({ noOutput: 0, folded: 0 }));
  // Dropping a neuron without outputs can only cost earlier neurons their outputs, and folding one without inputs can only cost later
  // neurons their inputs; so one pass backward and one forward reach the fixpoint.
  for (let l = layers.length - 2; l >= 0; l--) {
    for (const i of spareOne(alive[l]!, withoutOutputs(layers[l + 1]!, masks[l + 1]!))) {
      alive[l]![i] = 0;
      removed[l]!.noOutput++;
      cutInputs(layers[l]!, masks[l]!, i);
    }
  }
  for (let l = 0; l < layers.length - 1; l++) {
    for (const i of spareOne(alive[l]!, withoutInputs(layers[l]!, masks[l]!, alive[l]!))) {
      alive[l]![i] = 0;
      removed[l]!.folded++;
      fold(layers[l + 1]!, masks[l + 1]!, i, Math.max(biases[l]![i]!, 0), biases[l + 1]!);
    }
  }
  const everyInput = Int32Array.from({ length: layers[0]!.inputs }, (_, i) => i);
  const kept = [everyInput, ...alive.map((a) => Int32Array.from(a.keys()).filter((i) => a[i] === 1))];
  return {
    layers: layers.map((layer, l) => narrow(layer, masks[l]!, biases[l]!, kept[l]!, kept[l + 1]!)),
    keptInputs: kept.slice(0, -1),
    removed,
    unusedInputs: withoutOutputs(layers[0]!, masks[0]!).length,
  };
}

/** All of `dead`, or all but one where they are all that is alive. */
function spareOne(alive: Uint8Array, dead: number[]): number[] {
  const living = alive.reduce((a, b) => a + b, 0);
  return dead.length === living ? dead.slice(1) : dead;
}

/** Inputs of a layer that none of its connections reads. */
function withoutOutputs({ inputs, outputs }: MaskedLayer, mask: Uint8Array): number[] {
  const dead: number[] = [];
  for (let i = 0; i < inputs; i++) if (!mask.subarray(i * outputs, (i + 1) * outputs).includes(1)) dead.push(i);
  return dead;
}

/** Living outputs of a layer that none of its connections feeds. */
function withoutInputs({ inputs, outputs }: MaskedLayer, mask: Uint8Array, alive: Uint8Array): number[] {
  const fed = new Uint8Array(outputs);
  for (let i = 0, e = 0; i < inputs; i++) for (let o = 0; o < outputs; o++, e++) if (mask[e] === 1) fed[o] = 1;
  return [...fed.keys()].filter((o) => fed[o] === 0 && alive[o] === 1);
}

function cutInputs({ inputs, outputs }: MaskedLayer, mask: Uint8Array, output: number): void {
  for (let i = 0; i < inputs; i++) mask[i * outputs + output] = 0;
}

/** Adds what a constant input gives to the biases, and cuts its connections. */
function fold({ outputs, weights }: MaskedLayer, mask: Uint8Array, input: number, constant: number, bias: Float64Array): void {
  for (let o = 0, e = input * outputs; o < outputs; o++, e++) {
    if (mask[e] !== 1) continue;
    bias[o]! += weights[e]! * constant;
    mask[e] = 0;
  }
}

function narrow(
  { outputs, weights }: MaskedLayer,
  mask: Uint8Array,
  bias: Float64Array,
  keptInputs: Int32Array,
  keptOutputs: Int32Array,
): MaskedLayer {
  const size = keptInputs.length * keptOutputs.length;
  const narrowed = {
    inputs: keptInputs.length,
    outputs: keptOutputs.length,
    weights: new Float32Array(size),
    bias: Float32Array.from(keptOutputs, (o) => bias[o]!),
    mask: new Uint8Array(size),
  };
  let to = 0;
  for (const i of keptInputs) {
    for (const o of keptOutputs) {
      const from = i * outputs + o;
      if (mask[from] === 1) {
        narrowed.weights[to] = weights[from]!;
        narrowed.mask[to] = 1;
      }
      to++;
    }
  }
  return narrowed;
}
