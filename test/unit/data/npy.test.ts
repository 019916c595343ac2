/** NumPy files: those that NumPy wrote (oracles/npy.py), and others written byte by byte here. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Data } from '../../../src/config/schema';
import { loadDataset } from '../../../src/engine/data/load';
import { normalisation } from '../../../src/engine/data/normalisation';
import { readNpy } from '../../../src/engine/data/npy';
import { PruneError } from '../../../src/shared/errors';
import { newFile, newFolder, npyFile, npyWithHeader, refusal, sha256 } from './fixtures';

const Case = z.object({ descr: z.string(), shape: z.array(z.number()), values: z.array(z.number()), file: z.base64() });
const Statistics = z.object({ file: z.base64(), mean: z.array(z.number()), std: z.array(z.number()) });
const oracle = z
  .object({
    read: z.record(z.string(), Case),
    refused: z.record(z.string(), z.object({ file: z.base64() })),
    statistics: z.object({ floats: Statistics, bytes: Statistics }),
  })
  .parse(JSON.parse(readFileSync(path.join(import.meta.dirname, 'oracles/npy.json'), 'utf8')));
const bytesOf = ({ file }: { file: string }) => Buffer.from(file, 'base64');

type Numbers = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;
const DESCR = [
  [Uint8Array, '|u1'],
  [Int32Array, '<i4'],
  [BigInt64Array, '<i8'],
  [Float32Array, '<f4'],
  [Float64Array, '<f8'],
] as const;

function npy(values: Numbers, shape: readonly number[]): Buffer {
  const descr = DESCR.find(([type]) => values instanceof type)![1];
  return npyFile(descr, `(${shape.join(', ')},)`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

describe('a file that NumPy wrote', () => {
  test.each(Object.entries(oracle.read))('%s is read with its type, shape and values', async (_name, entry) => {
    const array = await readNpy(newFile(bytesOf(entry)));
    expect(array.type).toBe(entry.descr);
    expect(array.shape).toEqual(entry.shape);
    expect(Array.from(array.values as ArrayLike<number | bigint>, Number)).toEqual(entry.values);
    expect(array.sha256).toBe(sha256(bytesOf(entry)));
  });

  test.each(Object.entries(oracle.refused))('%s is refused', async (name, entry) => {
    const error = await refusal(readNpy(newFile(bytesOf(entry))));
    expect(error.code).toBe(name === 'fortran' ? 'data/npy-fortran' : 'data/npy-type');
  });

  test.each(Object.keys(oracle.statistics) as ('floats' | 'bytes')[])(
    '%s have the mean and deviation of each channel that NumPy finds',
    async (kind) => {
      const { mean, std } = oracle.statistics[kind];
      const { values } = await readNpy(newFile(bytesOf(oracle.statistics[kind])));
      const ours = normalisation(values as Uint8Array | Float32Array, 3) as { mean: number[]; std: number[] };
      for (const c of [0, 1, 2]) {
        // Bytes are rounded to four digits.
        const tolerance = kind === 'bytes' ? 0.00005001 : 1e-12 * Math.abs(mean[c]!) + 1e-12 * std[c]!;
        expect(Math.abs(ours.mean[c]! - mean[c]!)).toBeLessThanOrEqual(tolerance);
        expect(Math.abs(ours.std[c]! - std[c]!)).toBeLessThanOrEqual(kind === 'bytes' ? 0.00005001 : 1e-9 * std[c]!);
      }
    },
  );
});

describe('a file that is not what it should be', () => {
  const good = npy(new Float32Array(6), [2, 3]);
  test.each([
    ['cut in the numbers', good.subarray(0, -1), 'data/truncated', good.length - 1],
    ['cut in the header', good.subarray(0, 30), 'data/truncated', 30],
    ['going on', Buffer.concat([good, Buffer.alloc(3)]), 'data/wrong-size', good.length],
    ['empty', Buffer.alloc(0), 'data/bad-npy', 0],
    ['something else', Buffer.from('PK\x03\x04 a zip, as numpy.savez writes'), 'data/bad-npy', 0],
    ['of a later version', Buffer.from(good).fill(9, 6, 7), 'data/bad-npy', 6],
    ['without a shape', npyWithHeader("{'descr': '<f4', 'fortran_order': False}"), 'data/bad-npy', 10],
    ['with no dictionary', npyWithHeader('hello'), 'data/bad-npy', 10],
  ])('%s', async (_what, bytes, code, at) => {
    const file = newFile(bytes);
    expect(await refusal(readNpy(file))).toMatchObject({ code, where: `${file}, byte ${at}` });
  });

  test('a header that promises more than there is asks for no memory', async () => {
    const header = (shape: string) => npyWithHeader(`{'descr': '<f8', 'fortran_order': False, 'shape': (${shape}), }\n`);
    expect((await refusal(readNpy(newFile(header('500000000,'))))).code).toBe('data/truncated');
    expect((await refusal(readNpy(newFile(header('60000, 1000, 1000, 3'))))).code).toBe('data/too-large');
    expect((await refusal(readNpy(newFile(header('99999999999999999999,'))))).code).toBe('data/bad-npy');
    expect((await refusal(readNpy(newFile(header('9007199254740991, 9007199254740991'))))).code).toBe('data/too-large');
  });

  test('a folder, and a file that is not there', async () => {
    expect((await refusal(readNpy(newFolder()))).code).toBe('data/unreadable');
    expect((await refusal(readNpy(path.join(newFolder(), 'x.npy')))).code).toBe('data/unreadable');
  });

  test('whatever its bytes are: read, or refused as our errors are', async () => {
    const file = newFile(good);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 120 }).map((text) => npyWithHeader(text)),
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((edits) => {
        const copy = Buffer.from(good);
        for (const [at, value] of edits) copy[at] = value;
        return copy;
      }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        writeFileSync(file, content);
        const result = await readNpy(file).catch((error: unknown) => error);
        if (!(result instanceof PruneError)) expect(result).toMatchObject({ sha256: sha256(content) });
      }),
      { numRuns: 400 },
    );
  });
});

interface Arrays {
  images: Buffer;
  labels: Buffer;
  testImages: Buffer;
  testLabels: Buffer;
}
const ramp = (count: number, first = 0) => Uint8Array.from({ length: count }, (_, i) => first + i);
/** 6 samples of 2×2×1 to train and validate, 3 to test, of 3 classes. */
const small = (): Arrays => ({
  images: npy(ramp(24), [6, 2, 2, 1]),
  labels: npy(Int32Array.of(0, 1, 2, 0, 1, 2), [6]),
  testImages: npy(ramp(12, 100), [3, 2, 2, 1]),
  testLabels: npy(Int32Array.of(2, 1, 0), [3]),
});
function load(changes: Partial<Arrays> = {}, options: { validation?: number; augment?: 'none' | 'crop-flip' } = {}) {
  const folder = newFolder();
  const data: Data = {
    name: 'npy',
    images: 'images.npy',
    labels: 'labels.npy',
    testImages: 'testImages.npy',
    testLabels: 'testLabels.npy',
    validation: options.validation ?? 2,
    augment: options.augment ?? 'none',
  };
  for (const [key, bytes] of Object.entries({ ...small(), ...changes })) writeFileSync(path.join(folder, `${key}.npy`), bytes);
  return loadDataset(data, { experimentDir: folder, env: {} });
}

describe('a set', () => {
  test('takes the end of the training file for validation', async () => {
    const set = await load();
    expect(set).toMatchObject({ name: 'npy', image: [2, 2, 1], classes: 3, classNames: null, augment: 'none' });
    expect([set.train.count, set.validation.count, set.test.count]).toEqual([4, 2, 3]);
    expect([...set.train.pixels]).toEqual([...ramp(16)]);
    expect([...set.validation.pixels]).toEqual([...ramp(8, 16)]);
    expect([...set.validation.labels]).toEqual([1, 2]);
    expect([...set.test.labels]).toEqual([2, 1, 0]);
    expect(set.digests).toEqual(Object.fromEntries(Object.entries(small()).map(([key, bytes]) => [key, sha256(bytes as Buffer)])));
    // Of 0, 1, ... 15, scaled to 0..1: mean 7.5, deviation sqrt((16² - 1)/12).
    expect(set.normalise).toEqual({ mean: 0.0294, std: 0.0181 });
  });

  test('of [count, height, width] has one channel; of [count, features] is no image; labels may be a column', async () => {
    const plane = {
      images: npy(ramp(24), [6, 2, 2]),
      testImages: npy(ramp(12), [3, 2, 2]),
      labels: npy(BigInt64Array.of(0n, 1n, 2n, 0n, 1n, 2n), [6, 1]),
    };
    expect((await load(plane)).image).toEqual([2, 2, 1]);
    const rows = { images: npy(Float64Array.from(ramp(24)), [6, 4]), testImages: npy(Float64Array.from(ramp(12)), [3, 4]) };
    const set = await load(rows);
    expect(set.image).toEqual([4]);
    expect(set.train.pixels).toEqual(Float32Array.from(ramp(16)));
    expect(set.normalise).toEqual({ mean: 7.5, std: Math.sqrt(255 / 12) });
    expect((await refusal(load(rows, { augment: 'crop-flip' }))).code).toBe('data/not-images');
  });

  test.each<[string, string, Partial<Arrays>]>([
    ['more labels than samples', 'data/npy-mismatch', { labels: npy(new Int32Array(7), [7]) }],
    ['fewer test labels than test samples', 'data/npy-mismatch', { testLabels: npy(new Int32Array(2), [2]) }],
    ['test samples of another shape', 'data/npy-mismatch', { testImages: npy(ramp(12), [3, 4, 1, 1]) }],
    ['test samples of another type', 'data/npy-mismatch', { testImages: npy(new Float32Array(12), [3, 2, 2, 1]) }],
    ['a NaN', 'data/not-finite', { images: npy(Float32Array.from(ramp(24)).fill(NaN, 9, 10), [6, 4]) }],
    ['more than a float32 can be', 'data/not-finite', { images: npy(Float64Array.from(ramp(24)).fill(1e300, 9, 10), [6, 4]) }],
    ['samples of integers', 'data/npy-type', { images: npy(new Int32Array(24), [6, 4]) }],
    ['samples of one axis', 'data/npy-shape', { images: npy(ramp(6), [6]) }],
    ['samples of five axes', 'data/npy-shape', { images: npy(ramp(24), [6, 2, 2, 1, 1]) }],
    ['no samples', 'data/npy-shape', { images: npy(ramp(0), [0, 2, 2, 1]) }],
    ['labels one-hot', 'data/npy-shape', { labels: npy(new Int32Array(18), [6, 3]) }],
    ['a negative label', 'data/bad-label', { labels: npy(Int32Array.of(0, 1, 2, -1, 1, 2), [6]) }],
    ['a label between two classes', 'data/bad-label', { labels: npy(Float32Array.of(0, 1, 2, 0.5, 1, 2), [6]) }],
    ['a label that is not a number', 'data/bad-label', { labels: npy(Float64Array.of(0, 1, 2, NaN, 1, 2), [6]) }],
    ['more classes than labels can tell apart', 'data/too-many-classes', { testLabels: npy(Int32Array.of(0, 65_535, 1), [3]) }],
    ['one class', 'data/one-class', { labels: npy(new Int32Array(6), [6]), testLabels: npy(new Int32Array(3), [3]) }],
  ])('with %s is refused', async (_what, code, changes) => {
    const error = await refusal(load(changes));
    expect(error.code).toBe(code);
    // The file is named, and it is one of those that were changed.
    expect(Object.keys(changes).some((key) => error.where?.includes(`${key}.npy`))).toBe(true);
  });

  test('names the sample that is at fault', async () => {
    expect((await refusal(load({ images: npy(Float32Array.from(ramp(24)).fill(NaN, 9, 10), [6, 4]) }))).message).toContain(
      'Sample 2 holds NaN',
    );
    expect((await refusal(load({ labels: npy(Int32Array.of(0, 1, 2, -7, 1, 2), [6]) }))).message).toContain('sample 3 is -7');
  });

  test('may use the last class that labels can name', async () => {
    expect((await load({ testLabels: npy(Int32Array.of(0, 65_534, 1), [3]) })).classes).toBe(65_535);
  });

  test('needs more training samples than validation takes', async () => {
    expect((await load({}, { validation: 5 })).train.count).toBe(1);
    for (const validation of [6, 7]) expect((await refusal(load({}, { validation }))).code).toBe('data/not-enough-samples');
  });

  test('of which a file is missing says which key names it', async () => {
    const data: Data = {
      name: 'npy',
      images: 'a.npy',
      labels: 'b.npy',
      testImages: 'c.npy',
      testLabels: 'd.npy',
      validation: 1,
      augment: 'none',
    };
    const folder = newFolder();
    writeFileSync(path.join(folder, 'a.npy'), small().images);
    const error = await refusal(loadDataset(data, { experimentDir: folder, env: {} }));
    expect(error).toMatchObject({ code: 'data/not-found', where: path.join(folder, 'b.npy') });
    expect(error.remedy).toContain('data.labels');
  });
});
