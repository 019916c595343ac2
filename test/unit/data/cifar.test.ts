/** CIFAR's binary batches, written record by record here; and the published ones where they are installed. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Data } from '../../../src/config/schema';
import { loadDataset } from '../../../src/engine/data/load';
import { ARCHIVE_FOLDER, locateDataset, PARTS_OF, type CifarSet } from '../../../src/engine/data/locate';
import { PruneError } from '../../../src/shared/errors';
import { newFolder, refusal, sha256 } from './fixtures';

/** Pixel of sample `s` at row y, column x, channel c: any rule by which all of them tell themselves apart. */
const pixel = (s: number, y: number, x: number, c: number) => (7 * s + 31 * y + 3 * x + 101 * c) % 256;
const planes = (s: number) => Uint8Array.from({ length: 3072 }, (_, i) => pixel(s, Math.floor(i / 32) % 32, i % 32, Math.floor(i / 1024)));
const image = (s: number) => Uint8Array.from({ length: 3072 }, (_, i) => pixel(s, Math.floor(i / 96), Math.floor(i / 3) % 32, i % 3));

/** The batch of samples `first`, `first` + 1, ...: labels s mod 10; of CIFAR-100 coarse label 19, fine label 99 - s. */
const batch = (name: CifarSet, first: number, count: number) =>
  Buffer.concat(
    Array.from({ length: count }, (_, i) =>
      Buffer.concat([Buffer.from(name === 'cifar-10' ? [(first + i) % 10] : [19, 99 - first - i]), planes(first + i)]),
    ),
  );

const TEN = 'airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n';
/** Samples 0, 1, ... to train on, from 50 to test. */
function filesOf(name: CifarSet): Record<string, Buffer> {
  return name === 'cifar-10'
    ? {
        ...Object.fromEntries([1, 2, 3, 4, 5].map((b) => [`data_batch_${b}.bin`, batch(name, 3 * (b - 1), 3)])),
        'test_batch.bin': batch(name, 50, 4),
        'batches.meta.txt': Buffer.from(TEN),
      }
    : { 'train.bin': batch(name, 0, 15), 'test.bin': batch(name, 50, 4) };
}

function write(folder: string, files: Record<string, Uint8Array>, zipped = false): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) {
    if (zipped && name.endsWith('.bin')) writeFileSync(path.join(folder, `${name}.gz`), gzipSync(bytes));
    else writeFileSync(path.join(folder, name), bytes);
  }
  return folder;
}

const SIZES = { train: 11, validation: 4, test: 3 };
const load = (name: CifarSet, folder: string, sizes = SIZES) => {
  const data: Data = { name, path: folder, augment: 'crop-flip', ...sizes };
  return loadDataset(data, { experimentDir: null, env: {} });
};
const SETS = ['cifar-10', 'cifar-100'] as const;

describe.each(SETS)('%s', (name) => {
  test.each([false, true])('planes become pixels, files follow each other, splits do too (gzip: %s)', async (zipped) => {
    const set = await load(name, write(newFolder(), filesOf(name), zipped));
    expect(set).toMatchObject({ name, image: [32, 32, 3], classes: name === 'cifar-10' ? 10 : 100, augment: 'crop-flip' });
    const label = (s: number) => (name === 'cifar-10' ? s % 10 : 99 - s);
    for (const [split, first, count] of [
      ['train', 0, 11],
      ['validation', 11, 4],
      ['test', 50, 3],
    ] as const) {
      expect(set[split].count).toBe(count);
      expect([...set[split].labels]).toEqual(Array.from({ length: count }, (_, i) => label(first + i)));
      expect(set[split].pixels).toEqual(Uint8Array.from(Array.from({ length: count }, (_, i) => [...image(first + i)]).flat()));
    }
    // Digests are of the unpacked files, so gzip makes no difference.
    expect(set.digests).toEqual(Object.fromEntries(PARTS_OF[name].map((part) => [part, sha256(filesOf(name)[`${part}.bin`]!)])));
    expect(set.note).toContain('whose bytes differ from the published files');
  });

  test('is normalised by mean and deviation of each channel of the training split', async () => {
    const { normalise } = await load(name, write(newFolder(), filesOf(name)));
    for (const c of [0, 1, 2]) {
      const values = Array.from({ length: 11 }, (_, s) => [...image(s)].filter((_v, i) => i % 3 === c).map((v) => v / 255)).flat();
      const mean = values.reduce((a, b) => a + b) / values.length;
      const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
      expect(Math.abs((normalise.mean as number[])[c]! - mean)).toBeLessThan(0.00005001);
      expect(Math.abs((normalise.std as number[])[c]! - std)).toBeLessThan(0.00005001);
    }
  });

  test("is found in the archive's folder, in shared data and in the cache", async () => {
    const [shared, cache] = [newFolder(), newFolder()];
    const options = { experimentDir: null, env: { PRUNE_LAB_DATA: shared, PRUNE_LAB_CACHE: cache } };
    expect(await locateDataset(name, undefined, options)).toBeNull();
    expect((await refusal(loadDataset({ name, augment: 'none', ...SIZES }, options))).code).toBe('data/not-found');
    const inCache = write(path.join(cache, 'data', name, ARCHIVE_FOLDER[name]), filesOf(name));
    expect(await locateDataset(name, undefined, options)).toMatchObject({ folder: inCache, from: 'cache' });
    const inShared = write(path.join(shared, name), filesOf(name), true);
    expect(await locateDataset(name, undefined, options)).toMatchObject({ folder: inShared, from: 'env' });
    expect(await locateDataset(name, path.dirname(inCache), options)).toMatchObject({ folder: inCache, from: 'path' });
    expect(await locateDataset(name, inCache, options)).toMatchObject({ folder: inCache, from: 'path' });
    rmSync(path.join(inCache, `${PARTS_OF[name].at(-1)}.bin`));
    const error = await refusal(load(name, inCache));
    expect(error).toMatchObject({ code: 'data/not-found', remedy: expect.stringContaining(`${PARTS_OF[name].at(-1)}.bin`) });
  });

  test('more samples than the files have are refused', async () => {
    const folder = write(newFolder(), filesOf(name));
    expect((await refusal(load(name, folder, { train: 12, validation: 4, test: 1 }))).message).toBe(
      `The experiment asks for 16 training and validation samples of ${name}; there are 15.`,
    );
    expect((await refusal(load(name, folder, { train: 12, validation: 3, test: 5 }))).code).toBe('data/not-enough-samples');
  });

  describe('a corrupt batch is refused, and the place named', () => {
    const file = `${PARTS_OF[name][0]}.bin`;
    const record = name === 'cifar-10' ? 3073 : 3074;
    const broken = (bytes: Uint8Array) => {
      const folder = write(newFolder(), { ...filesOf(name), [file]: bytes });
      return refusal(load(name, folder)).then((error) => ({ error, at: path.join(folder, file) }));
    };
    const whole = filesOf(name)[file]!;

    test('cut inside a record', async () => {
      for (const length of [1, record - 1, record + 1, 2 * record + 7]) {
        const { error, at } = await broken(whole.subarray(0, length));
        expect(error).toMatchObject({ code: 'data/truncated', where: `${at}, byte ${length}` });
        expect(error.message).toContain(`inside record ${Math.floor(length / record)}`);
      }
    });
    test('empty', async () => expect((await broken(Buffer.alloc(0))).error.code).toBe('data/wrong-size'));
    test('longer than a published file can be', async () => {
      const most = (name === 'cifar-10' ? 10_000 : 50_000) * record;
      const { error, at } = await broken(gzipSync(Buffer.alloc(most + record)));
      expect(error).toMatchObject({ code: 'data/wrong-size', where: `${at}, byte ${most}` });
    });
    test('with a label that is none', async () => {
      const bytes = Buffer.from(whole);
      const offset = 2 * record + (record - 3073);
      bytes[offset] = name === 'cifar-10' ? 10 : 100;
      const { error, at } = await broken(bytes);
      expect(error).toMatchObject({ code: 'data/label-out-of-range', where: `${at}, byte ${offset}` });
    });
    test('with a gzip stream that breaks off', async () => {
      const { error } = await broken(gzipSync(whole).subarray(0, -20));
      expect(error.code).toBe('data/gzip-corrupt');
    });
    test('a list of class names that are too few', async () => {
      const list = name === 'cifar-10' ? 'batches.meta.txt' : 'fine_label_names.txt';
      const folder = write(newFolder(), { ...filesOf(name), [list]: Buffer.from('one\ntwo\n') });
      expect(await refusal(load(name, folder))).toMatchObject({ code: 'data/wrong-size', where: expect.stringContaining(list) });
    });
    test('whatever its bytes are: loaded, or refused as our errors are', async () => {
      const folder = write(newFolder(), filesOf(name));
      const edit = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 });
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 4000 }),
        fc.tuple(edit, fc.nat(whole.length)).map(([edits, length]) => {
          const copy = Buffer.from(whole);
          for (const [at, value] of edits) copy[at] = value;
          return copy.subarray(0, length);
        }),
      );
      await fc.assert(
        fc.asyncProperty(bytes, async (content) => {
          writeFileSync(path.join(folder, file), content);
          const result = await load(name, folder, { train: 1, validation: 1, test: 1 }).catch((error: unknown) => error);
          if (!(result instanceof PruneError)) expect(result).toMatchObject({ name, train: { count: 1 } });
        }),
        { numRuns: 40 },
      );
    });
  });
});

test('names of the classes come from the list beside the batches, if there is one', async () => {
  expect((await load('cifar-10', write(newFolder(), filesOf('cifar-10')))).classNames).toEqual(TEN.trim().split('\n'));
  const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);
  const list = { 'fine_label_names.txt': Buffer.from(names.join('\r\n')) };
  expect((await load('cifar-100', write(newFolder(), { ...filesOf('cifar-100'), ...list }))).classNames).toEqual(names);
  expect((await load('cifar-100', write(newFolder(), filesOf('cifar-100')))).classNames).toBeNull();
});

const installed = process.env['PRUNE_LAB_DATA'] ? path.join(process.env['PRUNE_LAB_DATA'], 'cifar-10') : null;
test.skipIf(!installed || !existsSync(installed))('the published CIFAR-10, where it is installed, is known by its digests', async () => {
  const options = { experimentDir: null, env: { PRUNE_LAB_DATA: process.env['PRUNE_LAB_DATA'] } };
  const set = await loadDataset({ name: 'cifar-10', augment: 'crop-flip', train: 45_000, validation: 5_000, test: 10_000 }, options);
  expect(set.normalise).toEqual({ mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] });
  expect(set.note).not.toContain('differ');
  expect(set.classNames).toEqual(TEN.trim().split('\n'));
  const counts = (labels: ArrayLike<number>) => Array.from(labels).reduce<number[]>((n, l) => ((n[l] = (n[l] ?? 0) + 1), n), []);
  expect(counts(set.test.labels)).toEqual(Array.from({ length: 10 }, () => 1000));
  expect(counts([...set.train.labels, ...set.validation.labels])).toEqual(Array.from({ length: 10 }, () => 5000));
  // Channel means of all training images, of 0..255, as the set's readers know them: 125.3069, 122.9504, 113.8654.
  const sums = [0, 0, 0];
  for (const { pixels } of [set.train, set.validation]) for (let i = 0; i < pixels.length; i++) sums[i % 3]! += pixels[i]!;
  [125.3069, 122.9504, 113.8654].forEach((mean, c) => expect(sums[c]! / (50_000 * 1024)).toBeCloseTo(mean, 4));
});
