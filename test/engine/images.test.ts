/** Image files decoded by the native kernels: written byte by byte here (PNG, BMP, GIF) or by the kernels' own encoder (JPEG). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadDataset } from '../../src/engine/data/load';
import { decodeImage } from '../../src/engine/kernels/images';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { PruneError } from '../../src/shared/errors';
import { temporaryFolder } from './helpers';
import { bmp, chunk, gif, jpeg, pixelsOf, png, rule, type Pixel } from './imageFiles';

beforeAll(() => void loadRuntime(1));
const work = temporaryFolder();

const SIZE = 12;
const colour = pixelsOf(SIZE, SIZE, 3);
const grey = (rgb: Uint8Array) =>
  Uint8Array.from({ length: rgb.length / 3 }, (_, p) =>
    Math.round(0.299 * rgb[3 * p]! + 0.587 * rgb[3 * p + 1]! + 0.114 * rgb[3 * p + 2]!),
  );
const of = (channels: number) => pixelsOf(SIZE, SIZE, channels);

describe('a file of the size that is asked for is decoded to its pixels', () => {
  const palette = chunk('PLTE', Buffer.from(Array.from({ length: 256 }, (_, i) => [i, 255 - i, (3 * i) % 256]).flat()));
  const indices = of(1);
  const painted = Uint8Array.from([...indices].flatMap((i) => [i, 255 - i, (3 * i) % 256]));
  const alone = Uint8Array.from([...of(1)].flatMap((v) => [v, v, v]));
  const seven = of(1).map((v) => v % 128);
  const withAlpha = pixelsOf(SIZE, SIZE, 4, (y, x, c) => (c === 3 ? (40 * x) % 256 : rule(y, x, c)));
  const greyAlpha = pixelsOf(SIZE, SIZE, 2, (y, x, c) => (c === 1 ? (40 * x) % 256 : rule(y, x, 0)));
  test.each<[string, Buffer, Uint8Array, boolean]>([
    ['PNG, colour', png(SIZE, SIZE, 2, colour), colour, false],
    ['PNG, grey', png(SIZE, SIZE, 0, of(1)), alone, false],
    ['PNG, palette', png(SIZE, SIZE, 3, indices, [palette]), painted, false],
    ['PNG, palette with transparency', png(SIZE, SIZE, 3, indices, [palette, chunk('tRNS', Buffer.of(0, 128))]), painted, true],
    ['PNG, four channels', png(SIZE, SIZE, 6, withAlpha), colour, true],
    ['PNG, grey and alpha', png(SIZE, SIZE, 4, greyAlpha), alone, true],
    ['BMP, 24 bits', bmp(SIZE, SIZE, 3), colour, false],
    ['BMP, 32 bits', bmp(SIZE, SIZE, 4), colour, true],
    ['GIF', gif(SIZE, SIZE, seven), Uint8Array.from([...seven].flatMap((i) => [i, 2 * i, 255 - i])), false],
    [
      'GIF, of two pictures the first',
      gif(
        SIZE,
        SIZE,
        seven,
        seven.map((i) => 127 - i),
      ),
      Uint8Array.from([...seven].flatMap((i) => [i, 2 * i, 255 - i])),
      false,
    ],
  ])('%s', (_what, bytes, pixels, transparent) => {
    expect(decodeImage(bytes, SIZE, 3)).toEqual({ pixels, width: SIZE, height: SIZE, transparent });
    expect(decodeImage(bytes, SIZE, 1)).toEqual({ pixels: grey(pixels), width: SIZE, height: SIZE, transparent });
  });

  test('JPEG, within its losses', async () => {
    const smooth: Pixel = (y, x, c) => 10 + 5 * y + 3 * x + 30 * c;
    const close = (a: Uint8Array, b: Uint8Array) => expect(Math.max(...a.map((v, i) => Math.abs(v - b[i]!)))).toBeLessThanOrEqual(5);
    const decoded = decodeImage(await jpeg(16, 16, smooth), 16, 3);
    close(decoded.pixels, pixelsOf(16, 16, 3, smooth));
    close(decodeImage(await jpeg(16, 16, smooth), 16, 1).pixels, grey(pixelsOf(16, 16, 3, smooth)));
    close(decodeImage(await jpeg(16, 16, smooth, 1), 16, 1).pixels, pixelsOf(16, 16, 1, smooth));
  });
});

const Case = z.object({ height: z.number(), width: z.number(), size: z.number(), values: z.array(z.number()) });
const oracle = z.array(Case).parse(JSON.parse(readFileSync(path.join(import.meta.dirname, 'oracles/resize.json'), 'utf8')));
test.each(oracle)('$height × $width is scaled to $size as PyTorch does', ({ height, width, size, values }) => {
  const decoded = decodeImage(png(height, width, 2, pixelsOf(height, width, 3)), size, 3);
  expect([decoded.height, decoded.width]).toEqual([height, width]);
  // Rounded to bytes, and weights in float32.
  decoded.pixels.forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThan(0.51));
});

describe('a file that cannot be decoded', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['empty', Buffer.alloc(0), /no PNG/],
    ['of text', Buffer.from('hello, this is no image'), /no PNG/],
    ['PNG that is cut', png(SIZE, SIZE, 2, colour).subarray(0, 100), /./],
    ['PNG whose pixels are damaged', Buffer.from(png(SIZE, SIZE, 2, colour)).fill(0, 60, 120), /./],
    ['PNG that promises more than it holds', png(20_000, 20_000, 2, colour), /./],
    ['PNG that is a header', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /./],
    ['BMP that is cut', bmp(SIZE, SIZE, 3).subarray(0, 100), /./],
    ['BMP that is a header', Buffer.from('BM'), /header/],
    ['BMP of 8 bits', bmp(SIZE, SIZE, 3, 8), /24 or 32 bits/],
    [
      'GIF that is cut',
      gif(
        SIZE,
        SIZE,
        of(1).map((v) => v % 128),
      ).subarray(0, 300),
      /./,
    ],
  ])('%s is refused', (_what, bytes, message) => expect(() => decodeImage(bytes, SIZE, 3)).toThrow(message));

  test('JPEG that is cut is refused', async () => {
    const bytes = await jpeg(16, 16, rule);
    expect(() => decodeImage(bytes.subarray(0, bytes.length / 2), 16, 3)).toThrow();
  });

  test('of random bytes, whatever it begins with, is decoded or refused, and leaves no tensors', async () => {
    const files = [
      png(SIZE, SIZE, 2, colour),
      bmp(SIZE, SIZE, 3),
      gif(
        SIZE,
        SIZE,
        of(1).map((v) => v % 128),
      ),
      await jpeg(16, 16, rule),
    ];
    const before = tf.memory().numTensors;
    const edits = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.nat(3), edits, (which, changes) => {
        const bytes = Buffer.from(files[which]!);
        // The dimensions stay: of a file that promises gigabytes the kernels are to judge, not this test.
        for (const [at, value] of changes) if (at >= 34 && at < bytes.length) bytes[at] = value;
        try {
          expect(decodeImage(bytes, SIZE, 3).pixels).toHaveLength(SIZE * SIZE * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 200 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a folder of images', () => {
  const write = (name: string, files: Record<string, Uint8Array>) => {
    for (const [file, bytes] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(work, name, file)), { recursive: true });
      writeFileSync(path.join(work, name, file), bytes);
    }
  };
  const load = (name: string, channels: 1 | 3 = 3) =>
    loadDataset(
      { name: 'images', path: name, size: 16, channels, augment: 'none', validationFraction: 0.2, testFraction: 0.2, seed: 0 },
      { experimentDir: work, env: {}, decode: decodeImage },
    );
  const flat =
    (shade: number): Pixel =>
    (_y, _x, c) =>
      c === 3 ? 7 : shade;

  test('of mixed formats, sizes and channels becomes one set, and what was done is told', async () => {
    write('mixed', {
      'a/1.png': png(20, 30, 6, pixelsOf(20, 30, 4, flat(10))),
      'a/2.bmp': bmp(SIZE, SIZE, 3),
      'a/3.jpg': await jpeg(40, 16, flat(12)),
      // A JPEG by its bytes: a name is no proof.
      'b/1.png': await jpeg(16, 16, flat(200)),
      'b/2.png': png(16, 16, 0, pixelsOf(16, 16, 1, flat(201))),
      'b/3.gif': gif(5, 5, new Uint8Array(25).fill(100)),
    });
    const set = await load('mixed');
    expect(set).toMatchObject({ image: [16, 16, 3], classes: 2, classNames: ['a', 'b'] });
    expect([set.train.count, set.validation.count, set.test.count]).toEqual([2, 2, 2]);
    expect(set.note).toMatch(/2 classes, 6 images of 5 sizes scaled to 16 × 16, transparency dropped from 1$/);
    expect(await load('mixed', 1)).toMatchObject({ image: [16, 16, 1], train: { count: 2 } });
  });

  test('with a corrupt image names it', async () => {
    const good = png(16, 16, 2, pixelsOf(16, 16, 3));
    write('corrupt', {
      'a/1.png': good,
      'a/2.png': good,
      'a/3.png': good,
      'b/1.png': good,
      'b/2.png': good.subarray(0, 60),
      'b/3.png': good,
    });
    const error: unknown = await load('corrupt').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PruneError);
    expect(error).toMatchObject({ code: 'data/corrupt-image', where: path.join(work, 'corrupt', 'b', '2.png') });
    expect((error as PruneError).message).toMatch(/^The image cannot be decoded: (?!Invalid TF_Status).*PNG.*\.$/);
  });
});
