import type * as tf from '@tensorflow/tfjs';
import { biasAdd } from '../../kernels/ops';
import { Variable } from '../../kernels/variable';
import { weightCount, weightShape, type BatchNormNode, type WeightNode } from '../../nn/graph';
import type { LayerValues } from '../../nn/values';
import { Parameter } from './parameter';

/**
 * The parameters of one layer: weights and bias (of a batch norm scale and shift), running statistics, masks. Weights, scales and shifts
 * decay; biases do not.
 */
export class LayerState {
  readonly weights: Parameter;
  readonly bias: Parameter | null;
  readonly mean: Variable | null;
  readonly variance: Variable | null;
  /** In the layout of the weights; 1 = alive. */
  mask!: Uint8Array;
  private biasMask: Uint8Array | undefined;

  constructor(
    private readonly node: WeightNode | BatchNormNode,
    values: LayerValues,
  ) {
    if (node.op === 'batch-norm') {
      this.weights = new Parameter([node.channels], values.weights, true);
      this.bias = new Parameter([node.channels], values.bias, true);
      this.mean = new Variable([node.channels], values.mean!);
      this.variance = new Variable([node.channels], values.variance!);
    } else {
      if (values.weights.length !== weightCount(node)) throw new Error(`${node.name}: ${values.weights.length} weights`);
      this.weights = new Parameter(weightShape(node), values.weights, true);
      this.bias = node.bias ? new Parameter([node.outputs], values.bias, false) : null;
      this.mean = null;
      this.variance = null;
    }
    this.hold(values.mask, values.biasMask);
  }

  /** y [..., outputs] with the bias, if there is one; y is released then. */
  addBias(y: tf.Tensor): tf.Tensor {
    if (!this.bias) return y;
    const bias = this.bias.read();
    const sum = biasAdd(y, bias);
    y.dispose();
    bias.dispose();
    return sum;
  }

  variables(): Variable[] {
    const statistics = this.mean ? [this.mean, this.variance!] : [];
    return [...this.weights.variables(), ...(this.bias?.variables() ?? []), ...statistics];
  }

  /** A copy. */
  values(): LayerValues {
    return {
      weights: this.weights.values(),
      bias: this.bias?.values() ?? new Float32Array(0),
      mask: this.mask.slice(),
      ...(this.biasMask && { biasMask: this.biasMask.slice() }),
      ...(this.mean && { mean: this.mean.values() }),
      ...(this.variance && { variance: this.variance.values() }),
    };
  }

  setValues(values: LayerValues): void {
    this.weights.setValues(values.weights);
    this.bias?.setValues(values.bias);
    this.mean?.assign(values.mean!);
    this.variance?.assign(values.variance!);
    this.hold(values.mask, values.biasMask);
  }

  /** A copy of the momentum. */
  velocities(): { weights: Float32Array; bias: Float32Array } {
    return { weights: this.weights.velocities(), bias: this.bias?.velocities() ?? new Float32Array(0) };
  }

  setVelocities(velocities: { weights: Float32Array; bias: Float32Array }): void {
    this.weights.setVelocities(velocities.weights);
    this.bias?.setVelocities(velocities.bias);
  }

  /** Zeroes weights (of a batch norm also shifts) and biases where the masks are 0, with their momentum, and holds them at zero. */
  prune(mask: Uint8Array | undefined, biasMask: Uint8Array | undefined): void {
    if (mask) {
      this.mask = mask.slice();
      this.weights.cut(mask);
      if (this.node.op === 'batch-norm') this.bias!.cut(mask);
    }
    if (biasMask) {
      this.biasMask = biasMask.slice();
      this.bias?.cut(biasMask);
    }
  }

  dispose(): void {
    for (const part of [this.weights, this.bias, this.mean, this.variance]) part?.dispose();
  }

  private hold(mask: Uint8Array, biasMask: Uint8Array | undefined): void {
    this.mask = mask.slice();
    this.biasMask = biasMask?.slice();
    this.weights.hold(mask);
    if (this.node.op === 'batch-norm') this.bias!.hold(mask);
    else if (biasMask) this.bias?.hold(biasMask);
  }
}
