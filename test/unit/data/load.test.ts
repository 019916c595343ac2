import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Data } from '../../../src/config/schema';
import { loadDataset } from '../../../src/engine/data/load';
import { drawDigits, type DrawnDigits } from '../../../src/engine/data/digits';
import { locateDataset, namesOf, PARTS, type Part } from '../../../src/engine/data/locate';
import { imageFile, labelFile, newFolder, refusal, sha256, smallSet, writeSet, type Files } from './fixtures';

const SIZES = { train: 8, validation: 4, test: 5 };

/** Loads a set of these files from `data.path`. */
function load(files: Partial<Files> = {}, sizes = SIZES, name: 'mnist' | 'fashion-mnist' = 'mnist') {
  const folder = writeSet(path.join(newFolder(), 'set'), { ...smallSet(), ...files });
  const data: Data = { name, path: 'set', ...sizes };
  return { folder, loading: loadDataset(data, { experimentDir: path.dirname(folder), env: {} }) as Promise<DrawnDigits> };
}

/** The first pixel of each image: of `smallSet` it tells which image this is. */
const which = ({ pixels }: { pixels: Uint8Array | Float32Array }) => Array.from({ length: pixels.length / 784 }, (_, i) => pixels[784 * i]);
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe('splits', () => {
  test('train, then validation, of the training files; test of the others', async () => {
    const set = await load().loading;
    expect(set).toMatchObject({ name: 'mnist', source: 'IDX files', image: [28, 28, 1], classes: 10 });
    expect(which(set.train)).toEqual(range(0, 8));
    expect([...set.train.labels]).toEqual(range(0, 8));
    expect(which(set.validation)).toEqual(range(8, 4));
    expect([...set.validation.labels]).toEqual([8, 9, 0, 1]);
    expect(which(set.test)).toEqual(range(100, 5));
    expect([...set.test.labels]).toEqual([9, 8, 7, 6, 5]);
    for (const split of ['train', 'validation', 'test'] as const) expect(set[split].count).toBe(SIZES[split]);
  });

  test('of any sizes that the files have are disjoint and whole; of larger ones are refused', async () => {
    const folder = writeSet(newFolder());
    const size = fc.integer({ min: 1, max: 12 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 1, max: 7 }), async (train, validation, tested) => {
        const loading = loadDataset({ name: 'mnist', path: folder, train, validation, test: tested }, { experimentDir: null, env: {} });
        if (train + validation > 12 || tested > 5) {
          const error = await refusal(loading);
          const [what, wanted, have] = train + validation > 12 ? ['training and validation', train + validation, 12] : ['test', tested, 5];
          expect(error.code).toBe('data/not-enough-samples');
          expect(error.message).toBe(`The experiment asks for ${wanted} ${what} samples of mnist; there are ${have}.`);
          expect(error.remedy).toContain('data.train');
        } else {
          const set = await loading;
          expect([...which(set.train), ...which(set.validation)]).toEqual(range(0, train + validation));
          expect([...set.train.labels, ...set.validation.labels]).toEqual(range(0, train + validation).map((i) => i % 10));
          expect(which(set.test)).toEqual(range(100, tested));
          for (const { pixels, labels, count } of [set.train, set.validation, set.test]) {
            expect([pixels.length, labels.length]).toEqual([784 * count, count]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('normalisation', () => {
  test('is mean and deviation of the training split alone, where the files are not the published ones', async () => {
    // Of the 8 training images 2 are white and 6 black: mean 1/4, deviation sqrt(1/4·3/4). Validation is grey and must not count.
    const pixels = Uint8Array.from({ length: 12 * 784 }, (_, i) => (i < 2 * 784 ? 255 : i < 8 * 784 ? 0 : 77));
    expect((await load({ 'train-images': imageFile(pixels) }).loading).normalise).toEqual({ mean: 0.25, std: 0.433 });
    // 0 to 255 equally often: mean 1/2, deviation sqrt((256² - 1)/12)/255.
    const ramp = Uint8Array.from({ length: 12 * 784 }, (_, i) => (i < 8 * 784 - 128 ? i % 256 : i % 2 ? 0 : 255));
    const { normalise } = await load({ 'train-images': imageFile(ramp) }, { train: 7, validation: 5, test: 1 }).loading;
    const counted = Array.from(ramp.subarray(0, 7 * 784), (p) => p / 255);
    const mean = counted.reduce((a, b) => a + b) / counted.length;
    const std = Math.sqrt(counted.reduce((sum, v) => sum + (v - mean) ** 2, 0) / counted.length);
    expect(Math.abs(normalise.mean - mean)).toBeLessThan(0.00005001);
    expect(Math.abs(normalise.std - std)).toBeLessThan(0.00005001);
  });

  test('never divides by nothing: images of one grey', async () => {
    const { normalise } = await load({ 'train-images': imageFile(new Uint8Array(12 * 784).fill(51)) }).loading;
    expect(normalise).toEqual({ mean: 0.2, std: 1 });
  });
});

describe('where it came from', () => {
  test("digests are those of the unpacked files, plain or gzip'd", async () => {
    const files = smallSet();
    const digests = Object.fromEntries(PARTS.map((part) => [part, sha256(files[part])]));
    for (const spelling of [0, 1, 2, 3] as const) {
      const folder = writeSet(newFolder(), files, spelling);
      const set = await loadDataset({ name: 'mnist', path: folder, ...SIZES }, { experimentDir: null, env: {} });
      expect(set.digests).toEqual(digests);
    }
  });

  test('the note names the set, how it was found and its folder, and that its bytes are not the published ones', async () => {
    const { folder, loading } = load();
    expect((await loading).note).toBe(`MNIST from data.path (${folder}), whose bytes differ from the published files`);

    const root = newFolder();
    const env = { PRUNE_LAB_DATA: path.join(root, 'shared'), PRUNE_LAB_CACHE: path.join(root, 'cache') };
    const noteNow = async () => (await loadDataset({ name: 'mnist', ...SIZES }, { experimentDir: null, env })).note;
    const cache = writeSet(path.join(root, 'cache', 'data', 'mnist'));
    expect(await noteNow()).toContain(`MNIST from the user's cache (${cache})`);
    const shared = writeSet(path.join(root, 'shared', 'mnist'));
    expect(await noteNow()).toContain(`MNIST from PRUNE_LAB_DATA (${shared})`);
    expect((await load({}, SIZES, 'fashion-mnist').loading).note).toContain('Fashion-MNIST from data.path');
  });

  test('the published MNIST, where it is installed, is known by its digests', async ({ skip }) => {
    skip(!(await locateDataset('mnist', undefined, { experimentDir: null })), 'MNIST is not installed');
    const set = await loadDataset({ name: 'mnist', train: 50_000, validation: 10_000, test: 10_000 }, { experimentDir: null });
    expect(set.note).toMatch(/^MNIST from [^,]*\)$/);
    expect(set.normalise).toEqual({ mean: 0.1307, std: 0.3081 });
    expect([...set.train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...set.test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  });
});

describe('not found', () => {
  test('names every place that was searched, and what to do', async () => {
    const root = newFolder();
    const env = { PRUNE_LAB_DATA: path.join(root, 'shared'), PRUNE_LAB_CACHE: path.join(root, 'cache') };
    const error = await refusal(loadDataset({ name: 'fashion-mnist', ...SIZES }, { experimentDir: root, env }));
    expect(error.code).toBe('data/not-found');
    expect(error.message).toContain(path.join(root, 'shared', 'fashion-mnist'));
    expect(error.message).toContain(path.join(root, 'cache', 'data', 'fashion-mnist'));
    expect(error.remedy).toContain('prune-lab data get fashion-mnist');
    expect(error.remedy).toContain('data.path');
    expect(error.remedy).toContain('"name": "digits"');
  });

  test('in the given path: names it, although the set is elsewhere and digits might step in', async () => {
    const root = newFolder();
    const env = { PRUNE_LAB_DATA: root, PRUNE_LAB_CACHE: root };
    writeSet(path.join(root, 'mnist'));
    for (const otherwise of [undefined, 'digits'] as const) {
      const data: Data = { name: 'mnist', path: 'wrong', ...(otherwise && { otherwise }), ...SIZES };
      const error = await refusal(loadDataset(data, { experimentDir: root, env }));
      expect(error).toMatchObject({
        code: 'data/not-found',
        message: `The data set mnist was not found. Searched: ${path.join(root, 'wrong')}.`,
      });
    }
  });

  test('otherwise digits: they step in, and the note says so', async () => {
    const env = { PRUNE_LAB_CACHE: newFolder() };
    const data: Data = { name: 'mnist', otherwise: 'digits', ...SIZES };
    const set = await loadDataset(data, { experimentDir: null, env });
    expect(set).toEqual(drawDigits({ seed: 0, ...SIZES }, 'the built-in set of drawn digits, because MNIST was not found'));
    expect(set.name).toBe('digits');
    expect(set.note).toMatch(/digits.*because MNIST was not found/);

    writeSet(path.join(env.PRUNE_LAB_CACHE, 'data', 'mnist'));
    expect((await loadDataset(data, { experimentDir: null, env })).name).toBe('mnist');
  });

  test('otherwise digits does not hide that the files are faulty', async () => {
    const env = { PRUNE_LAB_DATA: newFolder() };
    const folder = writeSet(path.join(env.PRUNE_LAB_DATA, 'mnist'));
    const file = path.join(folder, namesOf('t10k-images')[0]!);
    writeFileSync(file, readFileSync(file).subarray(0, 100));
    const error = await refusal(loadDataset({ name: 'mnist', otherwise: 'digits', ...SIZES }, { experimentDir: null, env }));
    expect(error).toMatchObject({ code: 'data/truncated', where: `${file}, byte 100` });
  });
});

describe('faulty sets', () => {
  const labels = (count: number) => labelFile(new Uint8Array(count));
  test.each([
    ['train-labels', 11, 12],
    ['train-labels', 13, 12],
    ['t10k-labels', 4, 5],
  ] as const)('%s that count otherwise than the images', async (part, count, ofImages) => {
    const { folder, loading } = load({ [part]: labels(count) });
    const error = await refusal(loading);
    expect(error).toMatchObject({ code: 'data/wrong-size', where: `${path.join(folder, namesOf(part)[0]!)}, byte 4` });
    const images = namesOf(part.replace('labels', 'images') as Part)[0]!;
    expect(error.message).toBe(`There are ${count} labels for the ${ofImages} images of ${path.join(folder, images)}.`);
  });

  test.each(PARTS)('%s that is damaged, swapped, or gone', async (part) => {
    const files = smallSet();
    const swapped = part.endsWith('images') ? files['train-labels'] : files['train-images'];
    const changes = [
      ['data/truncated', files[part].subarray(0, -1)],
      ['data/wrong-size', Buffer.concat([files[part], Buffer.alloc(1)])],
      ['data/mixed-up', swapped],
    ] as const;
    for (const [code, bytes] of changes) {
      const { folder, loading } = load({ [part]: bytes });
      const error = await refusal(loading);
      expect(error).toMatchObject({ code, where: expect.stringContaining(path.join(folder, namesOf(part)[0]!)) });
    }
    const folder = writeSet(newFolder());
    rmSync(path.join(folder, namesOf(part)[0]!));
    const gone = await refusal(loadDataset({ name: 'mnist', path: folder, ...SIZES }, { experimentDir: null, env: {} }));
    expect(gone.code).toBe('data/not-found');
  });
});
