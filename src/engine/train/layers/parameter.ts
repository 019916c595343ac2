import type * as tf from '@tensorflow/tfjs';
import * as k from '../../kernels/ops';
import { Variable } from '../../kernels/variable';
import type { StepOptions } from './layer';

/** A trained array with its momentum, and the mask that holds entries of it at exactly zero. */
export class Parameter {
  private readonly value: Variable;
  private readonly velocity: Variable;
  /** The mask as floats, once something is cut. */
  private mask: Variable | null = null;

  constructor(
    private readonly shape: number[],
    values: Float32Array,
    /** Do its values shrink by weight decay? */
    private readonly decays: boolean,
  ) {
    this.value = new Variable(shape, values);
    this.velocity = new Variable(shape, new Float32Array(values.length));
  }

  /** The values as a tensor, to be released before `update`. */
  read(): tf.Tensor {
    return this.value.read();
  }

  /**
   * A step of momentum SGD; the gradient is released, and so is `read`, what read() gave, if the caller has it. Gradients of masked entries
   * are zeroed before the momentum is updated, and decay acts on values that are zero there, so they and their momentum stay exactly zero.
   */
  update(gradient: tf.Tensor, options: StepOptions, read?: tf.Tensor): void {
    let g = gradient;
    if (this.mask) {
      const mask = this.mask.read();
      g = replace(g, k.mul(g, mask));
      mask.dispose();
    }
    if (this.decays && options.decay) {
      read ??= this.read();
      const pull = k.mul(read, options.decay);
      g = replace(g, k.add(g, pull));
      pull.dispose();
    }
    read?.dispose();
    this.value.applyMomentum(this.velocity, options.rate, g, options.momentum, options.nesterov);
    g.dispose();
  }

  variables(): Variable[] {
    return [this.value, this.velocity, ...(this.mask ? [this.mask] : [])];
  }

  values(): Float32Array {
    return this.value.values();
  }

  velocities(): Float32Array {
    return this.velocity.values();
  }

  setValues(values: Float32Array): void {
    this.value.assign(values);
  }

  setVelocities(values: Float32Array): void {
    this.velocity.assign(values);
  }

  /** Holds the entries where the mask is 0 (they must be zero already) at zero from now on. */
  hold(mask: Uint8Array): void {
    const floats = Float32Array.from(mask);
    if (!mask.includes(0)) {
      this.mask?.dispose();
      this.mask = null;
    } else if (this.mask) this.mask.assign(floats);
    else this.mask = new Variable(this.shape, floats);
  }

  /** Zeroes the entries where the mask is 0 and their momentum, and holds them there. */
  cut(mask: Uint8Array): void {
    for (const variable of [this.value, this.velocity]) {
      const values = variable.values();
      for (let i = 0; i < values.length; i++) if (!mask[i]) values[i] = 0;
      variable.assign(values);
    }
    this.hold(mask);
  }

  dispose(): void {
    this.value.dispose();
    this.velocity.dispose();
    this.mask?.dispose();
  }
}

function replace(old: tf.Tensor, by: tf.Tensor): tf.Tensor {
  old.dispose();
  return by;
}
