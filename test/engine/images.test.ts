/** Image files decoded by the native kernels: written byte by byte here (PNG, BMP, GIF) or by the kernels' own encoder (JPEG). */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadDataset } from '../../src/engine/data/load';
import { decodeImage } from '../../src/engine/kernels/images';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { PruneError } from '../../src/shared/errors';
import { temporaryFolder } from './helpers';

beforeAll(() => void loadRuntime(1));
const work = temporaryFolder();
afterAll(() => rmSync(work, { recursive: true }));

/** The image of the scaling oracle. */
const rule = (y: number, x: number, c: number) => (x * x * 7 + y * 13 + x * y + c * 40) % 256;
type Pixel = (y: number, x: number, c: number) => number;
const pixelsOf = (height: number, width: number, channels: number, pixel: Pixel = rule) =>
  Uint8Array.from({ length: height * width * channels }, (_, i) =>
    pixel(Math.floor(i / channels / width), Math.floor(i / channels) % width, i % channels),
  );

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** Colour types: 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. `bytes` are the rows' samples, of 8 bits. */
function png(height: number, width: number, type: 0 | 2 | 3 | 4 | 6, bytes: Uint8Array, extra: Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, type, 0, 0, 0], 8);
  const row = bytes.length / height;
  const rows = Array.from({ length: height }, (_, y) => Buffer.concat([Buffer.of(0), bytes.subarray(y * row, (y + 1) * row)]));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Rows from the bottom up, blue first, each padded to four bytes. */
function bmp(height: number, width: number, channels: 3 | 4, bits = 8 * channels): Buffer {
  const row = Math.ceil((width * channels) / 4) * 4;
  const file = Buffer.alloc(54 + height * row);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) file[54 + (height - 1 - y) * row + x * channels + c] = c === 3 ? 128 : rule(y, x, 2 - c);
    }
  }
  return file;
}

/** Pictures of 128 colours, of which number i is (i, 2i, 255 - i); codes of eight bits, cleared before they would grow to nine. */
function gif(height: number, width: number, ...pictures: Uint8Array[]): Buffer {
  const words = (...values: number[]) => Buffer.from(values.flatMap((value) => [value & 255, value >> 8]));
  const palette = Buffer.from(Array.from({ length: 128 }, (_, i) => [i, 2 * i, 255 - i]).flat());
  const parts: Buffer[] = [Buffer.from('GIF89a'), words(width, height), Buffer.of(0xf6, 0, 0), palette];
  for (const indices of pictures) {
    const codes: number[] = [];
    indices.forEach((index, i) => codes.push(...(i % 100 === 0 ? [128] : []), index));
    codes.push(129);
    const blocks: Buffer[] = [];
    for (let at = 0; at < codes.length; at += 255) {
      const block = codes.slice(at, at + 255);
      blocks.push(Buffer.of(block.length, ...block));
    }
    parts.push(Buffer.of(0x2c), words(0, 0, width, height), Buffer.of(0, 7), ...blocks, Buffer.of(0));
  }
  return Buffer.concat([...parts, Buffer.of(0x3b)]);
}

async function jpeg(height: number, width: number, pixel: Pixel, channels: 1 | 3 = 3): Promise<Buffer<ArrayBuffer>> {
  const { backend } = loadRuntime();
  const format = channels === 1 ? 'grayscale' : 'rgb';
  const encoded = backend.encodeJpeg(
    pixelsOf(height, width, channels, pixel),
    [height, width, channels],
    format,
    100,
    false,
    false,
    false,
    'in',
    300,
    300,
    '',
  );
  const [bytes] = (await encoded.data()) as unknown as [Uint8Array];
  encoded.dispose();
  return Buffer.from(bytes);
}

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
