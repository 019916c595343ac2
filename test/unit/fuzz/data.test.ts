/** Files of samples: IDX, CIFAR, NumPy, and the headers of images. What is read has as many numbers as the file says and holds. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCifar } from '../../../src/engine/data/cifar';
import type { Dataset } from '../../../src/engine/data/dataset';
import { readImages, readLabels, type IdxFile } from '../../../src/engine/data/idx';
import { claimedSize } from '../../../src/engine/data/imageSize';
import { readNpy } from '../../../src/engine/data/npy';
import { readNpySet } from '../../../src/engine/data/npySet';
import { flatImages, imageFile, labelFile, newFolder, npyFile, sha256 } from '../data/fixtures';
import { gifHeader, jpegHeader, pngHeader } from './files';
import { outcomeOf, PATIENCE, runs } from './inputs';
import { damagedBytes } from './mutations';

/** What stands in a file that may be gzip'd. What follows a gzip stream is no part of it, as for gzip itself. */
const plain = (bytes: Buffer): Buffer => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
const also = (...files: Buffer[]) => [...files, ...files.map((file) => gzipSync(file))];

test(
  'IDX',
  async () => {
    const file = path.join(newFolder(), 'x');
    const images = also(imageFile(flatImages(1)), imageFile(flatImages(3)));
    const labels = also(labelFile(Uint8Array.of(1, 2, 3)), labelFile(Uint8Array.from({ length: 300 }, (_, i) => i % 10)));
    const input = fc.oneof(
      damagedBytes(images).map((bytes) => ({ bytes, isImages: true })),
      damagedBytes(labels).map((bytes) => ({ bytes, isImages: false })),
    );
    await fc.assert(
      fc.asyncProperty(input, async ({ bytes, isImages }) => {
        writeFileSync(file, bytes);
        const outcome = await outcomeOf<IdxFile>(bytes.length, () => (isImages ? readImages(file) : readLabels(file, 10)));
        if ('refused' in outcome) return;
        const { count, bytes: read, sha256: digest } = outcome.value;
        const [header, each] = isImages ? [16, 784] : [8, 1];
        expect(read.length).toBe(count * each);
        expect(digest).toBe(sha256(plain(bytes)));
        expect(plain(bytes).length).toBe(header + count * each);
        expect(plain(bytes).readUInt32BE(4)).toBe(count);
        if (!isImages) expect(Math.max(...read)).toBeLessThan(10);
      }),
      runs('idx'),
    );
  },
  PATIENCE,
);

function expectAgreeing({ train, validation, test, image, classes, classNames }: Dataset): void {
  const features = image.reduce((a, b) => a * b, 1);
  for (const split of [train, validation, test]) {
    expect(split.pixels.length).toBe(split.count * features);
    expect(split.labels.length).toBe(split.count);
    for (const label of split.labels) expect(label).toBeLessThan(classes);
  }
  if (classNames) expect(classNames).toHaveLength(classes);
}

test(
  'CIFAR',
  async () => {
    const folder = newFolder();
    const record = (label: number) =>
      Buffer.from(Uint8Array.from({ length: 3074 }, (_, i) => (i === 0 ? 3 : i === 1 ? label : (i * 7) % 256)));
    const good = Buffer.concat([record(0), record(1), record(99)]);
    const names = Buffer.from(Array.from({ length: 100 }, (_, i) => `fine ${i}\n`).join(''));
    const files = { train: path.join(folder, 'train.bin'), test: path.join(folder, 'test.bin') };
    writeFileSync(files.test, good);
    const input = fc.record({
      bytes: damagedBytes(also(good)),
      list: fc.oneof({ weight: 5, arbitrary: fc.constant(names) }, { weight: 1, arbitrary: damagedBytes([names]) }),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ bytes, list }) => {
        writeFileSync(files.train, bytes);
        writeFileSync(path.join(folder, 'fine_label_names.txt'), list);
        const sizes = { train: 1, validation: 1, test: 2, augment: 'none' as const };
        const outcome = await outcomeOf(2 * bytes.length + list.length, () =>
          readCifar('cifar-100', { folder, files, from: 'path' }, sizes),
        );
        if ('refused' in outcome) return;
        expectAgreeing(outcome.value);
        expect(plain(bytes).length % 3074).toBe(0);
        expect(outcome.value.digests['train']).toBe(sha256(plain(bytes)));
      }),
      runs('cifar'),
    );
  },
  PATIENCE,
);

const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => i % 256);

test(
  'NumPy',
  async () => {
    const file = path.join(newFolder(), 'x.npy');
    const good = [
      npyFile('|u1', '(2, 3)', ramp(6)),
      npyFile('<f4', '(4,)', ramp(16)),
      npyFile('<f8', '(2, 1, 2)', ramp(32)),
      npyFile('<i8', '()', ramp(8)),
      npyFile('<i4', '(0, 9007199254740991, 9007199254740991)', ramp(0)),
      npyFile('|O', '(2,)', ramp(40)),
      npyFile('<f4', '(1099511627776,)', ramp(16)),
    ];
    await fc.assert(
      fc.asyncProperty(damagedBytes(good), async (bytes) => {
        writeFileSync(file, bytes);
        const outcome = await outcomeOf(bytes.length, () => readNpy(file));
        if ('refused' in outcome) return;
        const { shape, values, sha256: digest } = outcome.value;
        expect(shape.every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
        expect(values.length).toBe(shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1));
        expect(digest).toBe(sha256(bytes));
        const [length, textAt] = bytes[6] === 1 ? [bytes.readUInt16LE(8), 10] : [bytes.readUInt32LE(8), 12];
        expect(bytes.length).toBe(textAt + length + values.byteLength);
      }),
      runs('npy'),
    );
  },
  PATIENCE,
);

test(
  'a set of NumPy files',
  async () => {
    const folder = newFolder();
    const good = {
      images: npyFile('|u1', '(6, 2, 2, 1)', ramp(24)),
      labels: npyFile('<i8', '(6,)', Buffer.from(BigInt64Array.of(0n, 1n, 2n, 0n, 1n, 2n).buffer)),
      testImages: npyFile('|u1', '(3, 2, 2, 1)', ramp(12)),
      testLabels: npyFile('|u1', '(3, 1)', Uint8Array.of(2, 1, 0)),
    };
    const input = fc
      .constantFrom(...(Object.keys(good) as (keyof typeof good)[]))
      .chain((key) => damagedBytes([good[key]]).map((bytes) => ({ key, bytes })));
    const data = { name: 'npy', images: 'images', labels: 'labels', testImages: 'testImages', testLabels: 'testLabels' } as const;
    for (const [key, bytes] of Object.entries(good)) writeFileSync(path.join(folder, key), bytes);
    await fc.assert(
      fc.asyncProperty(input, async ({ key, bytes }) => {
        writeFileSync(path.join(folder, key), bytes);
        const outcome = await outcomeOf(bytes.length + 1000, () =>
          readNpySet({ ...data, augment: 'none', validation: 2 }, (name) => path.join(folder, name)),
        );
        writeFileSync(path.join(folder, key), good[key]);
        if ('value' in outcome) expectAgreeing(outcome.value);
      }),
      runs('npy-set'),
    );
  },
  PATIENCE,
);

test(
  'headers of images',
  async () => {
    const good = [
      pngHeader(7, 5),
      gifHeader(7, 5),
      jpegHeader(7, 5),
      Buffer.concat([Buffer.from('BM'), Buffer.alloc(16), Buffer.of(7, 0, 0, 0, 5, 0, 0, 0), Buffer.alloc(28)]),
    ];
    for (const header of good) expect(claimedSize(header)).toEqual({ width: 7, height: 5 });
    await fc.assert(
      fc.asyncProperty(damagedBytes(good), async (bytes) => {
        const outcome = await outcomeOf(bytes.length, () => claimedSize(bytes));
        expect(outcome).toHaveProperty('value');
        const claimed = 'value' in outcome ? outcome.value : null;
        if (claimed) for (const n of [claimed.width, claimed.height]) expect(Number.isSafeInteger(n) && n >= 0).toBe(true);
      }),
      runs('image-headers'),
    );
  },
  PATIENCE,
);
