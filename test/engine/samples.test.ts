/** Samples on the kernels' side: the same numbers however they are kept, varied only where they should be, and no tensors left behind. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { cropFlip, drawCropFlip } from '../../src/engine/data/augment';
import type { Dataset, Split } from '../../src/engine/data/dataset';
import { gatherRows } from '../../src/engine/kernels/ops';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import type { InputNode } from '../../src/engine/nn/graph';
import { partOfImage } from '../../src/engine/nn/keptInputs';
import { stream } from '../../src/engine/random';
import { toSamples } from '../../src/engine/train/samples';

beforeAll(() => {
  loadRuntime(1);
  // The kernels make their constants at the first call.
  tf.tidy(() => void gatherRows(tf.zeros([1, 1]), tf.tensor1d([0], 'int32')));
});

const IMAGE = [8, 10, 3] as const;
const FEATURES = 240;
const COUNT = 7;
const rng = stream(0, 'pixels');
const bytes = Uint8Array.from({ length: COUNT * FEATURES }, () => rng.int(256));
const splitOf = (pixels: Split['pixels']): Split => ({ pixels, labels: Uint16Array.of(3, 1, 4, 1, 5, 9, 65_000), count: COUNT });
const normalise = { mean: [0.1, 0.2, 0.3], std: [0.5, 1, 2] };
const set = (augment: Dataset['augment'] = 'none') => ({ image: IMAGE, normalise, augment });
const input = (flat: boolean, image: readonly number[] | null = IMAGE): InputNode => ({
  op: 'input',
  name: 'input',
  features: FEATURES,
  image,
  flat,
});
const f32 = Math.fround;
const normalised = (pixels: ArrayLike<number>, scale: number) =>
  Array.from(pixels, (p, i) => f32((p / scale - normalise.mean[i % 3]!) / normalise.std[i % 3]!));
const sample = <T>(values: readonly T[], row: number) => values.slice(row * FEATURES, (row + 1) * FEATURES);
const rows = Int32Array.of(6, 0, 3, 0);

describe.each([
  ['rows that stay on the kernels’ side', true, 'none', [FEATURES]],
  ['rows of which the bytes are kept', true, 'crop-flip', [FEATURES]],
  ['images', false, 'none', [...IMAGE]],
  ['images to be varied', false, 'crop-flip', [...IMAGE]],
] as const)('%s', (_what, flat, augment, shape) => {
  test.each([
    ['bytes', bytes, 255],
    ['floats', Float32Array.from(bytes), 1],
  ] as const)('of %s are normalised by channel, in the order that is asked for', (_kind, pixels, scale) => {
    const samples = toSamples(splitOf(pixels), set(augment), input(flat));
    const before = tf.memory().numTensors;
    const all = normalised(pixels, scale);
    tf.tidy(() => {
      const batch = samples.batch(rows);
      expect(batch.shape).toEqual([4, ...shape]);
      expect(Array.from(batch.dataSync())).toEqual([...rows].flatMap((row) => sample(all, row)));
      const range = samples.range(2, 5);
      expect(range.shape).toEqual([3, ...shape]);
      expect(Array.from(range.dataSync())).toEqual(all.slice(2 * FEATURES, 5 * FEATURES));
      expect([...samples.labelsOf(rows).dataSync()]).toEqual([65_000, 3, 1, 3]);
      expect(samples.labelsOf(rows).dtype).toBe('int32');
    });
    expect(tf.memory().numTensors).toBe(before);
    samples.dispose();
  });

  test('are varied by the stream that is given, if the data set says so', () => {
    const samples = toSamples(splitOf(bytes), set(augment), input(flat));
    const batch = (seed: number) => tf.tidy(() => Array.from(samples.batch(rows, stream(seed, 'augment')).dataSync()));
    const plain = tf.tidy(() => Array.from(samples.batch(rows).dataSync()));
    if (augment === 'none') return expect(batch(1)).toEqual(plain);
    const draws = stream(1, 'augment');
    const varied = new Uint8Array(FEATURES);
    const expected = [...rows].flatMap((row) => {
      cropFlip(bytes, row * FEATURES, IMAGE, drawCropFlip(draws, IMAGE), varied, 0);
      return normalised(varied, 255);
    });
    expect(batch(1)).toEqual(expected);
    expect(batch(1)).toEqual(batch(1));
    expect(batch(2)).not.toEqual(batch(1));
    samples.dispose();
  });
});

test('samples are not written to by what is done with a batch', () => {
  const samples = toSamples(splitOf(bytes.slice()), set(), input(true));
  const first = tf.tidy(() => Array.from(samples.range(0, 1).dataSync()));
  tf.tidy(() => samples.batch(Int32Array.of(0)).dataSync().fill(7));
  expect(tf.tidy(() => Array.from(samples.range(0, 1).dataSync()))).toEqual(first);
  samples.dispose();
});

test('disposed samples leave no tensors', () => {
  const before = tf.memory().numTensors;
  for (const flat of [true, false]) {
    const samples = toSamples(splitOf(bytes), set(), input(flat));
    tf.tidy(() => void samples.batch(rows));
    samples.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('samples that are no images: one number for all features', () => {
  const samples = toSamples(
    splitOf(Float32Array.from(bytes)),
    { image: [FEATURES], normalise: { mean: 2, std: 4 }, augment: 'none' },
    input(true, null),
  );
  expect(tf.tidy(() => Array.from(samples.range(0, 7).dataSync()))).toEqual(Array.from(bytes, (p) => f32((p - 2) / 4)));
  samples.dispose();
});

test.each([1, 4])('bytes of %d channels', (channels) => {
  const [mean, std] = [[0.1, 0.2, 0.3, 0.4].slice(0, channels), [0.5, 1, 2, 4].slice(0, channels)];
  const given = channels === 1 ? { mean: 0.1, std: 0.5 } : { mean, std };
  const image = [6, 40 / channels, channels];
  const samples = toSamples(splitOf(bytes), { image, normalise: given, augment: 'none' }, input(false, image));
  const expected = Array.from(bytes, (p, i) => f32((p / 255 - mean[i % channels]!) / std[i % channels]!));
  expect(tf.tidy(() => Array.from(samples.range(0, 7).dataSync()))).toEqual(expected);
  samples.dispose();
});

describe('a part of each sample', () => {
  const kept = Int32Array.of(1, 7, 100, 101, 239);
  const part: InputNode = { op: 'input', name: 'input', features: 5, image: null, flat: true };

  test.each(['none', 'crop-flip'] as const)('is taken after normalisation and variation (%s)', (augment) => {
    const [some, all] = [toSamples(splitOf(bytes), set(augment), part, kept), toSamples(splitOf(bytes), set(augment), input(true))];
    const before = tf.memory().numTensors;
    const numbers = (samples: typeof some, of: (samples: typeof some) => tf.Tensor) => tf.tidy(() => Array.from(of(samples).dataSync()));
    const gathered = (values: number[]) => values.filter((_, at) => kept.includes(at % FEATURES));
    for (const of of [
      (samples: typeof some) => samples.batch(rows),
      (samples: typeof some) => samples.batch(rows, stream(3, 'augment')),
      (samples: typeof some) => samples.range(2, 5),
    ]) {
      expect(numbers(some, of)).toEqual(gathered(numbers(all, of)));
    }
    expect(tf.tidy(() => some.batch(rows).shape)).toEqual([4, 5]);
    expect(tf.memory().numTensors).toBe(before);
    [some, all].forEach((samples) => void samples.dispose());
  });

  test('of an image is an image', () => {
    const { kept } = partOfImage(IMAGE, { top: 2, bottom: 1, left: 0, right: 3 }, [0, 2]);
    const samples = toSamples(splitOf(bytes), set(), { ...part, features: 70, image: [5, 7, 2], flat: false }, kept);
    tf.tidy(() => {
      const x = samples.range(1, 2);
      expect(x.shape).toEqual([1, 5, 7, 2]);
      const whole = sample(normalised(bytes, 255), 1);
      expect(Array.from(x.dataSync())).toEqual(Array.from(kept, (at) => whole[at]));
    });
  });
});
