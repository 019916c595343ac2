/**
 * A network in training: the graph's parameters as native variables, the forward pass, and the hand-written backward pass with masked
 * momentum SGD. One file for the whole step, so that it can be read beside the algorithm.
 */
import * as tf from '@tensorflow/tfjs';
import * as k from '../kernels/ops';
import type { DenseNode, Graph } from '../nn/graph';
import { prunableLayers } from '../nn/graph';
import { stream } from '../random';

/** Parameters of one dense layer: weights [inputs × outputs] row-major, bias [outputs], mask of the weights (1 = alive). */
export interface LayerValues {
  weights: Float32Array;
  bias: Float32Array;
  mask: Uint8Array;
}
/** By layer name. */
export type NetworkValues = Map<string, LayerValues>;

export interface StepOptions {
  rate: tf.Scalar;
  momentum: tf.Scalar;
  decay: tf.Scalar | null;
  nesterov: boolean;
  /** Sees what each node gave, before the weights change. */
  onForward?: ((outputs: Map<string, tf.Tensor>) => void) | undefined;
}

interface Layer {
  node: DenseNode;
  weights: k.Variable;
  bias: k.Variable;
  weightsVelocity: k.Variable;
  biasVelocity: k.Variable;
  mask: Uint8Array;
  /** The mask as floats, once something is pruned. */
  maskTensor: tf.Tensor | null;
}

/** Kaiming initialisation for ReLU (He et al. 2015): weights N(0, 2/inputs), biases 0; from the run's `init` stream. */
export function initialValues(graph: Graph, seed: number): NetworkValues {
  const values: NetworkValues = new Map();
  for (const node of prunableLayers(graph)) {
    const rng = stream(seed, 'init', node.name);
    const deviation = Math.sqrt(2 / node.inputs);
    const weights = Float32Array.from({ length: node.inputs * node.outputs }, () => rng.normal() * deviation);
    values.set(node.name, { weights, bias: new Float32Array(node.outputs), mask: new Uint8Array(weights.length).fill(1) });
  }
  return values;
}

export class Network {
  private readonly layers: Layer[];
  private readonly byName: Map<string, Layer>;

  constructor(
    readonly graph: Graph,
    values: NetworkValues,
  ) {
    this.layers = prunableLayers(graph).map((node) => {
      const { weights, bias, mask } = values.get(node.name)!;
      return {
        node,
        weights: new k.Variable([node.inputs, node.outputs], weights),
        bias: new k.Variable([node.outputs], bias),
        weightsVelocity: new k.Variable([node.inputs, node.outputs], new Float32Array(weights.length)),
        biasVelocity: new k.Variable([node.outputs], new Float32Array(bias.length)),
        mask: mask.slice(),
        maskTensor: maskTensor(mask, node),
      };
    });
    this.byName = new Map(this.layers.map((layer) => [layer.node.name, layer]));
  }

  /** What each node gives for a batch x [n, features], by node name; the last one is the logits. Call inside a tidy scope. */
  forward(x: tf.Tensor): Map<string, tf.Tensor> {
    const out = new Map<string, tf.Tensor>();
    for (const node of this.graph.nodes) {
      switch (node.op) {
        case 'input':
          out.set(node.name, x);
          break;
        case 'dense': {
          const layer = this.byName.get(node.name)!;
          const weights = layer.weights.read();
          const bias = layer.bias.read();
          out.set(node.name, k.biasAdd(k.matMul(out.get(node.from)!, weights), bias));
          weights.dispose();
          bias.dispose();
          break;
        }
        case 'relu':
          out.set(node.name, k.relu(out.get(node.from)!));
          break;
      }
    }
    return out;
  }

  logits(x: tf.Tensor): tf.Tensor {
    return this.forward(x).get(this.graph.nodes.at(-1)!.name)!;
  }

  /**
   * One step on a batch: x [n, features], labels [n] int32, mean loss. Gradients of pruned weights are zeroed before the momentum
   * update and decay acts on weights that are zero there, so pruned weights and their momentum stay exactly zero.
   * Returns tensors of the current tidy scope: each sample's loss, and the logits.
   */
  step(x: tf.Tensor, labels: tf.Tensor, options: StepOptions): { loss: tf.Tensor; logits: tf.Tensor } {
    const outputs = this.forward(x);
    options.onForward?.(outputs);
    const logits = outputs.get(this.graph.nodes.at(-1)!.name)!;
    const { loss, gradient } = k.softmaxCrossEntropy(logits, labels);
    const gradients = new Map([[this.graph.nodes.at(-1)!.name, k.mul(gradient, tf.scalar(1 / x.shape[0]))]]);
    for (const node of [...this.graph.nodes].reverse()) {
      const dy = gradients.get(node.name);
      if (node.op === 'input' || !dy) continue;
      if (node.op === 'relu') {
        gradients.set(node.from, k.reluGrad(dy, outputs.get(node.name)!));
        continue;
      }
      const layer = this.byName.get(node.name)!;
      const input = outputs.get(node.from)!;
      const weights = layer.weights.read();
      if (input !== x) gradients.set(node.from, k.matMul(dy, weights, 'nt'));
      let dWeights = k.matMul(input, dy, 'tn');
      if (layer.maskTensor) dWeights = k.mul(dWeights, layer.maskTensor);
      if (options.decay) dWeights = k.add(dWeights, k.mul(weights, options.decay));
      weights.dispose();
      layer.weights.applyMomentum(layer.weightsVelocity, options.rate, dWeights, options.momentum, options.nesterov);
      layer.bias.applyMomentum(layer.biasVelocity, options.rate, k.biasAddGrad(dy), options.momentum, options.nesterov);
    }
    return { loss, logits };
  }

  /** A copy of the parameters and masks. */
  values(): NetworkValues {
    return new Map(this.layers.map((l) => [l.node.name, { weights: l.weights.values(), bias: l.bias.values(), mask: l.mask.slice() }]));
  }

  weightsOf(name: string): Float32Array {
    return this.byName.get(name)!.weights.values();
  }

  maskOf(name: string): Uint8Array {
    return this.byName.get(name)!.mask;
  }

  /** A copy of the momentum, in the shape of `values()`; the masks are not part of it. */
  velocities(): Map<string, { weights: Float32Array; bias: Float32Array }> {
    return new Map(this.layers.map((l) => [l.node.name, { weights: l.weightsVelocity.values(), bias: l.biasVelocity.values() }]));
  }

  setValues(values: NetworkValues): void {
    for (const layer of this.layers) {
      const { weights, bias, mask } = values.get(layer.node.name)!;
      layer.weights.assign(weights);
      layer.bias.assign(bias);
      this.holdMask(layer, mask);
    }
  }

  setVelocities(velocities: ReadonlyMap<string, { weights: Float32Array; bias: Float32Array }>): void {
    for (const layer of this.layers) {
      const { weights, bias } = velocities.get(layer.node.name)!;
      layer.weightsVelocity.assign(weights);
      layer.biasVelocity.assign(bias);
    }
  }

  /** Cuts: zeroes the weights outside the masks and their momentum, and holds them at zero from now on. */
  prune(masks: ReadonlyMap<string, Uint8Array>): void {
    for (const [name, mask] of masks) {
      const layer = this.byName.get(name)!;
      for (const variable of [layer.weights, layer.weightsVelocity]) {
        const values = variable.values();
        for (let i = 0; i < values.length; i++) if (!mask[i]) values[i] = 0;
        variable.assign(values);
      }
      this.holdMask(layer, mask);
    }
  }

  dispose(): void {
    for (const layer of this.layers) {
      for (const variable of [layer.weights, layer.bias, layer.weightsVelocity, layer.biasVelocity]) variable.dispose();
      layer.maskTensor?.dispose();
    }
  }

  private holdMask(layer: Layer, mask: Uint8Array): void {
    layer.mask = mask.slice();
    layer.maskTensor?.dispose();
    layer.maskTensor = maskTensor(mask, layer.node);
  }
}

function maskTensor(mask: Uint8Array, node: DenseNode): tf.Tensor | null {
  return mask.includes(0) ? tf.keep(tf.tensor(Float32Array.from(mask), [node.inputs, node.outputs])) : null;
}
