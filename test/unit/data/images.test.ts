/**
 * Class folders: which files count, how they are split, what is told. Decoding is the kernels' (test/engine/images.test.ts); here an image
 * is a file of four bytes: its shade, its width, its height, and whether it is transparent.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Data } from '../../../src/config/schema';
import { checkClassCount } from '../../../src/engine/data/classCount';
import type { Split } from '../../../src/engine/data/dataset';
import type { DecodeImage } from '../../../src/engine/data/images';
import { loadDataset } from '../../../src/engine/data/load';
import { newFolder, refusal } from './fixtures';

const decode: DecodeImage = (bytes, size, channels) => {
  if (bytes.length !== 4) throw new Error('it has not four bytes\nand so on');
  const [shade, width, height, transparent] = bytes as unknown as [number, number, number, number];
  return { pixels: new Uint8Array(size * size * channels).fill(shade), width, height, transparent: transparent === 1 };
};
const image = (shade: number, width = 8, height = 8, transparent = 0) => Buffer.of(shade, width, height, transparent);

type Tree = Record<string, Record<string, Buffer>>;
function write(tree: Tree, folder = newFolder()): string {
  for (const [name, files] of Object.entries(tree)) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (const [file, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name, file), bytes);
  }
  return folder;
}
/** `count` images of the shades `first`, `first` + 1, ... */
const shades = (first: number, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${String(i).padStart(3, '0')}.png`, image(first + i)]));

type ImageData = Extract<Data, { name: 'images' }>;
function load(folder: string, options: Partial<ImageData> = {}, signal?: AbortSignal) {
  const data: ImageData = {
    name: 'images',
    path: path.basename(folder),
    size: 8,
    channels: 3,
    augment: 'crop-flip',
    validationFraction: 0.1,
    testFraction: 0.2,
    seed: 0,
    ...options,
  };
  return loadDataset(data, { experimentDir: path.dirname(folder), env: {}, decode, ...(signal && { signal }) });
}

const shadesOf = ({ pixels, count }: Split) => Array.from({ length: count }, (_, i) => pixels[(i * pixels.length) / count]!);
const SPLITS = ['train', 'validation', 'test'] as const;

describe('class folders', () => {
  test('are classes by name, each split by its share, every image in one split', async () => {
    const set = await load(write({ cat: shades(100, 20), Dog: shades(0, 30), ant: shades(200, 10) }));
    expect(set).toMatchObject({ name: 'images', image: [8, 8, 3], classes: 3, classNames: ['Dog', 'ant', 'cat'], augment: 'crop-flip' });
    expect(SPLITS.map((split) => set[split].count)).toEqual([21 + 7 + 14, 3 + 1 + 2, 6 + 2 + 4]);
    const classOf = (shade: number) => (shade < 100 ? 0 : shade < 200 ? 2 : 1);
    for (const split of SPLITS) expect([...set[split].labels]).toEqual(shadesOf(set[split]).map(classOf));
    const all = SPLITS.flatMap((split) => shadesOf(set[split])).sort((a, b) => a - b);
    expect(all).toEqual([
      ...Array(30).keys(),
      ...Array.from({ length: 20 }, (_, i) => 100 + i),
      ...Array.from({ length: 10 }, (_, i) => 200 + i),
    ]);
    expect(set.note).toContain('3 classes, 60 images of 8 × 8');
    // The beginning of a split is no single class.
    expect(new Set(set.train.labels.subarray(0, 15)).size).toBe(3);
  });

  test('are normalised by the training images alone', async () => {
    const { train, normalise } = await load(write({ a: shades(0, 9), b: shades(100, 9) }));
    const values = shadesOf(train).map((shade) => shade / 255);
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect((normalise.mean as number[]).map((m) => Math.abs(m - mean) < 0.00005001)).toEqual([true, true, true]);
    expect((await load(write({ a: shades(0, 9), b: shades(100, 9) }), { channels: 1 })).normalise.mean).toBeTypeOf('number');
  });

  test('split by the seed: the same for the same, whatever other classes there are', async () => {
    const folder = write({ a: shades(0, 40), b: shades(100, 40) });
    const [one, same, other] = [await load(folder), await load(folder), await load(folder, { seed: 1 })];
    expect(same).toEqual(one);
    expect(shadesOf(other.test).sort()).not.toEqual(shadesOf(one.test).sort());
    write({ aa: shades(200, 5) }, folder);
    const more = await load(folder);
    const ofA = (split: Split) =>
      shadesOf(split)
        .filter((shade) => shade < 40)
        .sort();
    expect(ofA(more.test)).toEqual(ofA(one.test));
    expect(more.digests).not.toEqual(one.digests);
  });

  test('of any size from 3 on, and any shares: each split has each class, and the shares are kept within two', async () => {
    const share = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 25 }), share, share, fc.nat(9), async (n, validationFraction, testFraction, seed) => {
        fc.pre(validationFraction + testFraction < 1);
        const set = await load(write({ a: shades(0, n), b: shades(100, 3) }), { validationFraction, testFraction, seed });
        for (const split of SPLITS) expect(new Set(set[split].labels).size).toBe(2);
        const count = (split: Split) => [...split.labels].filter((label) => label === 0).length;
        expect(SPLITS.reduce((sum, split) => sum + count(set[split]), 0)).toBe(n);
        expect(Math.abs(count(set.test) - n * testFraction)).toBeLessThanOrEqual(2);
        expect(Math.abs(count(set.validation) - n * validationFraction)).toBeLessThanOrEqual(2);
      }),
      { numRuns: 30 },
    );
  });

  test('hold images by their extension; what else there is is counted, hidden files are not', async () => {
    const folder = write({
      a: { 'x.PNG': image(1), 'y.jpeg': image(2), 'z.Bmp': image(3), 'read me.txt': Buffer.from('x'), '.hidden.png': Buffer.from('x') },
      b: { 'x.gif': image(1), 'y.jpg': image(2), 'z.png': image(3), 'Thumbs.db': Buffer.from('x') },
      '.cache': { 'x.png': Buffer.from('x') },
    });
    mkdirSync(path.join(folder, 'a', 'more'));
    writeFileSync(path.join(folder, 'list.csv'), '');
    const set = await load(folder);
    expect(SPLITS.reduce((sum, split) => sum + set[split].count, 0)).toBe(6);
    expect(set.note).toContain('4 other files or folders left out');
  });

  test('may be links', async () => {
    const folder = write({ a: shades(0, 3) });
    symlinkSync(write({ real: shades(100, 3) }) + '/real', path.join(folder, 'b'));
    expect((await load(folder)).classNames).toEqual(['a', 'b']);
  });

  test('of mixed sizes and with transparency are told', async () => {
    const files = { '1.png': image(1, 10, 20), '2.png': image(2, 20, 10, 1), '3.png': image(3, 10, 20, 1) };
    const { note } = await load(write({ a: files, b: shades(0, 3) }));
    expect(note).toMatch(/2 classes, 6 images of 3 sizes scaled to 8 × 8, transparency dropped from 2$/);
    const one = await load(
      write({
        a: { '1.png': image(1, 9), '2.png': image(1, 9), '3.png': image(1, 9) },
        b: { '1.png': image(1, 9), '2.png': image(1, 9), '3.png': image(1, 9) },
      }),
    );
    expect(one.note).toContain('6 images of one size scaled to 8 × 8');
  });

  test('have a digest over names and bytes', async () => {
    const digest = async (tree: Tree) => (await load(write(tree))).digests['images'];
    const one = await digest({ a: shades(0, 3), b: shades(5, 3) });
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await digest({ a: shades(0, 3), b: shades(5, 3) })).toBe(one);
    expect(await digest({ a: shades(0, 3), c: shades(5, 3) })).not.toBe(one);
    expect(await digest({ a: shades(0, 3), b: shades(6, 3) })).not.toBe(one);
  });
});

describe('what cannot be used is refused, and its place named', () => {
  test.each<[string, Tree, string, string]>([
    ['an empty class folder', { a: shades(0, 3), b: {} }, 'data/empty-class', 'b'],
    ['a class folder without images', { a: { 'x.txt': Buffer.from('x') }, b: shades(0, 3) }, 'data/empty-class', 'a'],
    ['a class of two images', { a: shades(0, 3), b: shades(0, 2) }, 'data/small-class', 'b'],
    [
      'an image that is none',
      { a: shades(0, 3), b: { ...shades(0, 3), '001.png': Buffer.from('garbage') } },
      'data/corrupt-image',
      'b/001.png',
    ],
    ['one class', { a: shades(0, 9) }, 'data/one-class', ''],
    ['no folders', {}, 'data/no-classes', ''],
    ['images without folders', { '.': shades(0, 9) }, 'data/no-classes', ''],
  ])('%s', async (_what, tree, code, place) => {
    const folder = write(tree);
    expect(await refusal(load(folder))).toMatchObject({ code, where: path.join(folder, place) });
  });

  test('an image that is none: in the words of the decoder, of one line', async () => {
    const error = await refusal(load(write({ a: { ...shades(0, 3), 'x.png': Buffer.from('') }, b: shades(0, 3) })));
    expect(error.message).toBe('The image cannot be decoded: it has not four bytes.');
  });

  test('a folder that is not there, or is a file', async () => {
    const folder = newFolder();
    rmSync(folder, { recursive: true });
    expect(await refusal(load(folder))).toMatchObject({ code: 'data/not-found', where: folder });
    writeFileSync(folder, '');
    expect((await refusal(load(folder))).code).toBe('data/not-found');
  });

  test('shares that leave nothing to train on', async () => {
    const folder = write({ a: shades(0, 9), b: shades(0, 9) });
    expect((await refusal(load(folder, { validationFraction: 0.5, testFraction: 0.5 }))).code).toBe('data/nothing-to-train');
  });

  test('more than fits into memory', async () => {
    const folder = write({ a: shades(0, 3), b: shades(0, 3) });
    expect((await refusal(load(folder, { size: 20_000 }))).code).toBe('data/too-large');
  });

  test('65,536 classes; 65,535 are not too many', async () => {
    const error = await refusal(Promise.resolve().then(() => checkClassCount('photos', 65_536)));
    expect(error).toMatchObject({ code: 'data/too-many-classes', message: expect.stringContaining('65,536'), where: 'photos' });
    expect(() => checkClassCount('photos', 65_535)).not.toThrow();
  });
});

test('an abort ends the reading', async () => {
  const signal = AbortSignal.abort();
  const folder = write({ a: shades(0, 3), b: shades(0, 3) });
  expect(await load(folder, {}, signal).catch((error: unknown) => error)).toBe(signal.reason);
});
