import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import type { Node } from '../../src/engine/nn/graph';
import { stream } from '../../src/engine/random';
import { initialValues } from '../../src/engine/train/initial';
import { createLayer } from '../../src/engine/train/layers/create';

beforeAll(() => void loadRuntime());

const norm = (channels: number) => ({ op: 'batch-norm', name: 'n', from: 'x', channels, epsilon: 1e-5, momentum: 0.1 }) as const;

const maxDifference = (got: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(got.length).toBe(expected.length);
  return Math.max(0, ...Array.from(expected, (e, i) => Math.abs(e - got[i]!)));
};

describe('gradients against central differences', () => {
  type Case = [string, Exclude<Node, { op: 'input' }>, number[][]];
  const window = (size: number, stride: number, padding: 'same' | 'valid') =>
    ({ size: [size, size], strides: [stride, stride], padding }) as const;
  const convolution = (kernel: number, stride: number, padding: 'same' | 'valid', bias: boolean) =>
    ({
      op: 'conv',
      name: 'n',
      from: 'x',
      inputs: 2,
      outputs: 3,
      kernel: [kernel, kernel],
      strides: [stride, stride],
      padding,
      bias,
    }) as const;
  const cases: Case[] = [
    ['dense', { op: 'dense', name: 'n', from: 'x', inputs: 4, outputs: 3, bias: true }, [[3, 4]]],
    ['conv 3×3 same', convolution(3, 1, 'same', true), [[2, 4, 5, 2]]],
    ['conv 3×3 valid', convolution(3, 1, 'valid', false), [[2, 4, 5, 2]]],
    ['conv 3×3 same, stride 2', convolution(3, 2, 'same', true), [[2, 6, 5, 2]]],
    ['conv 1×1 same, stride 2', convolution(1, 2, 'same', false), [[2, 4, 4, 2]]],
    ['conv 5×5 valid', convolution(5, 1, 'valid', true), [[2, 6, 6, 2]]],
    ['batch norm of images', norm(3), [[3, 2, 2, 3]]],
    ['batch norm of rows', norm(3), [[6, 3]]],
    ['relu', { op: 'relu', name: 'n', from: 'x' }, [[2, 3, 3, 2]]],
    ['select', { op: 'select', name: 'n', from: 'x', indices: [4, 0, 2] }, [[2, 3, 3, 5]]],
    ['select of rows', { op: 'select', name: 'n', from: 'x', indices: [1, 2] }, [[3, 5]]],
    ['pad-channels', { op: 'pad-channels', name: 'n', from: 'x', before: 1, after: 2 }, [[2, 2, 2, 3]]],
    ['add of three', { op: 'add', name: 'n', from: ['x', 'y', 'z'] }, [[2, 3, 3, 2], [2, 3, 3, 2], [2, 3, 3, 2]]],
    ['concat', { op: 'concat', name: 'n', from: ['x', 'y'] }, [[2, 3, 3, 2], [2, 3, 3, 1]]],
    ['max pool', { op: 'max-pool', name: 'n', from: 'x', ...window(2, 2, 'valid') }, [[2, 4, 4, 2]]],
    ['max pool 3×3 same, stride 2', { op: 'max-pool', name: 'n', from: 'x', ...window(3, 2, 'same') }, [[2, 5, 6, 2]]],
    ['average pool', { op: 'average-pool', name: 'n', from: 'x', ...window(2, 2, 'valid') }, [[2, 4, 4, 2]]],
    ['average pool 3×3 same, stride 2', { op: 'average-pool', name: 'n', from: 'x', ...window(3, 2, 'same') }, [[2, 5, 6, 2]]],
    ['global average pool', { op: 'global-average-pool', name: 'n', from: 'x' }, [[2, 4, 3, 2]]],
    ['flatten', { op: 'flatten', name: 'n', from: 'x' }, [[2, 3, 2, 2]]],
  ]; // prettier-ignore

  /** Distinct numbers at least 0.1 apart and from 0, in a random order: no step of a difference crosses a corner of relu or max. */
  const numbers = (count: number, ...names: string[]) => {
    const order = stream(5, ...names).permutation(count);
    return Float32Array.from(order, (rank) => (rank - count / 2 + 0.5) * 0.2);
  };

  it.each(cases)('%s', (_, node, inputShapes) => {
    const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
    const inputs = inputShapes.map((shape, i) => numbers(size(shape), 'input', String(i)));
    const own = initialValues({ name: '', description: '', nodes: [node] }, 3).get('n');
    if (own && own.bias.length > 0) own.bias.set(numbers(own.bias.length, 'bias'));
    if (own && node.op === 'batch-norm') own.weights.set(numbers(own.weights.length, 'scale'));

    /** Sum of the outputs, each weighed by its own number, in double precision. */
    let weigh: Float32Array | undefined;
    const run = <T extends tf.TensorContainer>(
      use: (layer: ReturnType<typeof createLayer>, tensors: tf.Tensor[], forward: { output: tf.Tensor; saved?: readonly tf.Tensor[] }) => T,
    ): T =>
      tf.tidy(() => {
        const layer = createLayer(node, own && { ...own });
        const tensors = inputs.map((values, i) => tf.tensor(values.slice(), inputShapes[i]));
        const result = use(layer, tensors, layer.forward(tensors, true));
        layer.state?.dispose();
        layer.dispose?.();
        return result;
      });
    const objective = () =>
      run((_layer, _tensors, { output }) => {
        weigh ??= numbers(output.size, 'weigh');
        return output.dataSync<'float32'>().reduce((sum, v, i) => sum + v * weigh![i]!, 0);
      });
    objective();

    // A step at rate 1 without momentum and decay: what a parameter loses is its gradient.
    const gradients = run((layer, tensors, { output, saved }) => {
      const pass = { inputs: tensors, output, saved: saved ?? [], wanted: true };
      const options = { rate: tf.scalar(1), momentum: tf.scalar(0), decay: null, nesterov: false, gammaPenalty: 0 };
      const given = layer.backward({ ...pass, dy: tf.tensor(weigh!, output.shape), options });
      const after = layer.state?.values();
      const lost = (key: 'weights' | 'bias') => own![key].map((v, i) => v - after![key][i]!);
      return { inputs: given.map((g) => g.dataSync<'float32'>().slice()), own: own ? [lost('weights'), lost('bias')] : [] };
    });
    expect(gradients.inputs.length).toBe(inputs.length);

    const arrays = [...inputs, ...(own ? [own.weights, own.bias] : [])];
    const analytic = [...gradients.inputs, ...gradients.own];
    arrays.forEach((array, a) => {
      const numeric = Array.from(array, (value, i) => {
        const side = (delta: number) => {
          array[i] = value + delta;
          const at = array[i];
          return [objective(), at] as const;
        };
        const [high, highAt] = side(0.02);
        const [low, lowAt] = side(-0.02);
        array[i] = value;
        return (high - low) / (highAt - lowAt);
      });
      const scale = Math.max(1e-3, ...numeric.map(Math.abs));
      expect(maxDifference(analytic[a]!, numeric) / scale, `array ${a}`).toBeLessThan(3e-3);
    });
  });
});
