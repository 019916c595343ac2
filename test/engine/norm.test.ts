/** Batch norms of widths that the kernels are slow at are computed in another form: it must be the same function. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNorm } from '../../src/engine/kernels/norm';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { stream } from '../../src/engine/random';

beforeAll(() => void loadRuntime(1));

const [EPSILON, MOMENTUM] = [1e-5, 0.1];
const numbers = (t: tf.Tensor) => [...t.dataSync<'float32'>()];

/** Forward and backward by the definition, in float64: x and dy are [count × c], row by row. */
function reference(
  x: number[],
  dy: number[],
  c: number,
  scale: number[],
  shift: number[],
  running: { mean: number[]; variance: number[] },
) {
  const count = x.length / c;
  const sums = (of: (e: number, channel: number) => number) => {
    const sum = new Array<number>(c).fill(0);
    x.forEach((_, e) => (sum[e % c]! += of(e, e % c)));
    return sum;
  };
  const mean = sums((e) => x[e]!).map((s) => s / count);
  const variance = sums((e, j) => (x[e]! - mean[j]!) ** 2).map((s) => s / count);
  const inverse = variance.map((v) => 1 / Math.sqrt(v + EPSILON));
  const hat = x.map((v, e) => (v - mean[e % c]!) * inverse[e % c]!);
  const dShift = sums((e) => dy[e]!);
  const dScale = sums((e) => dy[e]! * hat[e]!);
  return {
    y: hat.map((h, e) => h * scale[e % c]! + shift[e % c]!),
    mean: running.mean.map((m, j) => m + MOMENTUM * (mean[j]! - m)),
    variance: running.variance.map((v, j) => v + MOMENTUM * ((variance[j]! * count) / (count - 1) - v)),
    dx: x.map((_, e) => {
      const j = e % c;
      return scale[j]! * inverse[j]! * (dy[e]! - dShift[j]! / count - (hat[e]! * dScale[j]!) / count);
    }),
    dScale,
    dShift,
  };
}

function expectClose(got: tf.Tensor, expected: number[], tolerance = 2e-4) {
  const values = numbers(got);
  expect(values.length).toBe(expected.length);
  const size = Math.max(1, ...expected.map(Math.abs));
  expect(Math.max(...expected.map((v, i) => Math.abs(v - values[i]!)))).toBeLessThan(tolerance * size);
}

describe('batch norm', () => {
  // Widths that are a multiple of 16, that are not, and images whose positions cannot be taken together for them.
  it.each([
    [4, 4, 4, 16],
    [4, 4, 4, 24],
    [3, 8, 8, 5],
    [2, 8, 4, 41],
    [4, 4, 4, 60],
    [3, 3, 3, 5],
    [5, 1, 1, 7],
    [2, 2, 2, 12],
    [2, 4, 4, 6],
  ])('of [%i, %i, %i, %i] is the definition, forward and backward', (...shape) => {
    const c = shape[3];
    const rng = stream(c, 'norm', ...shape);
    const draw = (n: number, offset = 0, spread = 1) => Array.from(Float32Array.from({ length: n }, () => offset + spread * rng.normal()));
    const size = shape.reduce((a, b) => a * b, 1);
    // A mean that is large against the deviation, as after a ReLU or worse.
    const [x, dy] = [draw(size, 3, 0.5), draw(size)];
    const [scale, shift, mean] = [draw(c, 1, 0.3), draw(c), draw(c)];
    const variance = draw(c, 0, 0.5).map((v) => 1 + Math.abs(v));
    const expected = reference(x, dy, c, scale, shift, { mean, variance });
    const op = batchNorm(EPSILON, MOMENTUM);
    tf.tidy(() => {
      const [tx, tdy] = [tf.tensor(x, shape), tf.tensor(dy, shape)];
      const [ts, tb, tm, tv] = [scale, shift, mean, variance].map((v) => tf.tensor1d(v)) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const trained = op.train(tx, ts, tb, tm, tv);
      expectClose(trained.y, expected.y);
      expectClose(trained.mean, expected.mean);
      expectClose(trained.variance, expected.variance);
      const gradient = op.gradient(tdy, tx, ts, trained.saved);
      expectClose(gradient.x, expected.dx);
      expectClose(gradient.scale, expected.dScale);
      expectClose(gradient.shift, expected.dShift);
      const inverse = variance.map((v) => 1 / Math.sqrt(v + EPSILON));
      expectClose(
        op.infer(tx, ts, tb, tm, tv),
        x.map((v, e) => (v - mean[e % c]!) * inverse[e % c]! * scale[e % c]! + shift[e % c]!),
      );
    });
  });

  it('leaves no tensors behind', () => {
    const op = batchNorm(EPSILON, MOMENTUM);
    const [x, v] = [tf.randomNormal([2, 8, 8, 5]), tf.ones([5])];
    const before = tf.memory().numTensors;
    const { y, mean, variance, saved } = op.train(x, v, v, v, v);
    const gradient = op.gradient(x, x, v, saved);
    tf.dispose([y, mean, variance, ...saved, ...Object.values(gradient), op.infer(x, v, v, v, v)]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, v]);
  });
});
