import { chmodSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readImages, readLabels } from '../../../src/engine/data/idx';
import { PruneError } from '../../../src/shared/errors';
import { flatImages, imageFile, labelFile, newFile, newFolder, refusal, sha256, words } from './fixtures';

const images = fc.integer({ min: 1, max: 5 }).chain((count) => fc.uint8Array({ minLength: count * 784, maxLength: count * 784 }));
const labels = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 300 }).map((values) => Uint8Array.from(values));
/** One label more than a byte can count, so that positions in messages are not those of a byte. */
const someLabels = Uint8Array.from({ length: 300 }, (_, i) => i % 10);

const asImages = (bytes: Uint8Array) => readImages(newFile(bytes));
const asLabels = (bytes: Uint8Array) => readLabels(newFile(bytes), 10);
const at = (byte: number): unknown => expect.stringMatching(new RegExp(`, byte ${byte}$`));

describe('what is written is read', () => {
  test('images', async () => {
    await fc.assert(
      fc.asyncProperty(images, fc.boolean(), async (pixels, zipped) => {
        const file = imageFile(pixels);
        const read = await asImages(zipped ? gzipSync(file) : file);
        expect(read.count).toBe(pixels.length / 784);
        expect(Buffer.compare(read.bytes, pixels)).toBe(0);
        expect(read.sha256).toBe(sha256(file));
      }),
      { numRuns: 60 },
    );
  });

  test('labels', async () => {
    await fc.assert(
      fc.asyncProperty(labels, fc.boolean(), async (values, zipped) => {
        const file = labelFile(values);
        expect(await asLabels(zipped ? gzipSync(file) : file)).toEqual({ count: values.length, bytes: values, sha256: sha256(file) });
      }),
      { numRuns: 60 },
    );
  });

  test('a file larger than what is read at once', async () => {
    const file = imageFile(Uint8Array.from({ length: 3000 * 784 }, (_, i) => (i * i) >> 7));
    for (const bytes of [file, gzipSync(file)]) {
      const read = await asImages(bytes);
      expect([read.count, read.sha256]).toEqual([3000, sha256(file)]);
      expect(Buffer.compare(read.bytes, file.subarray(16))).toBe(0);
    }
  });
});

describe('a file cut short is refused', () => {
  test('at any byte of an image file, which is named', async () => {
    const whole = imageFile(flatImages(1, 7));
    for (let n = 0; n < whole.length; n++) {
      const error = await refusal(asImages(whole.subarray(0, n)));
      expect(error).toMatchObject({ code: 'data/truncated', where: at(n) });
      expect(error.message).toContain(`ends at byte ${n};`);
      expect(error.message).toContain(`promises ${n < 16 ? 16 : 800} bytes`);
    }
  });

  test('at any byte of a label file, which is named', async () => {
    const whole = labelFile(someLabels);
    for (let n = 0; n < whole.length; n++) {
      expect(await refusal(asLabels(whole.subarray(0, n)))).toMatchObject({ code: 'data/truncated', where: at(n) });
    }
  });

  test("at any byte of a gzip'd file", async () => {
    const whole = gzipSync(labelFile(someLabels));
    for (let n = 0; n < whole.length; n++) {
      // With less than gzip's two first bytes it cannot be told from a plain file.
      const code = n < 2 ? 'data/truncated' : 'data/gzip-corrupt';
      expect(await refusal(asLabels(whole.subarray(0, n)))).toMatchObject({ code, where: expect.stringContaining('.bin') });
    }
  });

  test("before it was gzip'd", async () => {
    const whole = imageFile(flatImages(2));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (n) => {
        expect(await refusal(asImages(gzipSync(whole.subarray(0, n))))).toMatchObject({ code: 'data/truncated', where: at(n) });
      }),
      { numRuns: 50 },
    );
  });

  test('any truncation of any file', async () => {
    const file = fc.oneof(images.map(imageFile), labels.map(labelFile));
    await fc.assert(
      fc.asyncProperty(file, fc.boolean(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (plain, zipped, where) => {
        const whole = zipped ? gzipSync(plain) : plain;
        const read = plain.readUInt32BE(0) === 2051 ? asImages : asLabels;
        await refusal(read(whole.subarray(0, Math.floor(where * whole.length))));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a file that goes on is refused at the byte where it should end', () => {
  test('of images', async () => {
    const error = await refusal(asImages(Buffer.concat([imageFile(flatImages(2)), Buffer.alloc(1)])));
    expect(error).toMatchObject({ code: 'data/wrong-size', where: at(1584) });
    expect(error.message).toContain('goes on after byte 1,584');
  });

  test('of labels, whatever follows', async () => {
    const file = labelFile(someLabels);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.boolean(), async (rest, zipped) => {
        const longer = Buffer.concat([file, rest]);
        expect(await refusal(asLabels(zipped ? gzipSync(longer) : longer))).toMatchObject({ code: 'data/wrong-size', where: at(308) });
      }),
      { numRuns: 50 },
    );
  });

  test('a small gzip file that unpacks to very much', async () => {
    const bomb = gzipSync(Buffer.concat([imageFile(flatImages(1)), Buffer.alloc(64 << 20)]));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await refusal(asImages(bomb))).toMatchObject({ code: 'data/wrong-size', where: at(800) });
  });

  test('a second gzip file behind the first', async () => {
    const zipped = gzipSync(labelFile(someLabels));
    expect(await refusal(asLabels(Buffer.concat([zipped, zipped])))).toMatchObject({ code: 'data/wrong-size', where: at(308) });
  });

  test('garbage behind a gzip file', async () => {
    const file = Buffer.concat([gzipSync(labelFile(someLabels)), Buffer.from('garbage')]);
    expect(await refusal(asLabels(file))).toMatchObject({ code: 'data/gzip-corrupt' });
  });
});

describe('what is not the file that it should be', () => {
  test('another magic, at byte 0', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 0, max: 40 }),
        fc.boolean(),
        async (magic, rest, image) => {
          // 1f 8b would make it a gzip file.
          fc.pre(magic !== 2051 && magic !== 2049 && magic >>> 16 !== 0x1f8b);
          const error = await refusal((image ? asImages : asLabels)(Buffer.concat([words(magic), Buffer.alloc(rest)])));
          expect(error).toMatchObject({ code: 'data/wrong-magic', where: at(0) });
          expect(error.message).toContain(`${magic} (0x${magic.toString(16).padStart(8, '0')})`);
          expect(error.message).toContain(image ? '2051' : '2049');
        },
      ),
      { numRuns: 60 },
    );
  });

  test('labels where images are expected, and images for labels', async () => {
    for (const count of [1, 7, 8, 300]) {
      const mixed = await refusal(asImages(labelFile(someLabels.subarray(0, count))));
      expect(mixed).toMatchObject({ code: 'data/mixed-up', where: at(0), message: 'This is a label file, where images should be.' });
    }
    const mixed = await refusal(asLabels(gzipSync(imageFile(flatImages(1)))));
    expect(mixed).toMatchObject({ code: 'data/mixed-up', where: at(0), message: 'This is an image file, where labels should be.' });
  });

  test.each([0, 1_000_001, 0xffffffff])('%d items', async (count) => {
    // One is begun when the other is done: nobody would be there to take its error.
    for (const read of [() => asImages(words(2051, count, 28, 28)), () => asLabels(words(2049, count))]) {
      const error = await refusal(read());
      expect(error).toMatchObject({ code: 'data/wrong-size', where: at(4) });
      expect(error.message).toContain(`promises ${count.toLocaleString('en')} items`);
    }
  });

  test('images of other sides', async () => {
    const side = fc.oneof(fc.constantFrom(27, 28, 29), fc.integer({ min: 0, max: 0xffffffff }));
    await fc.assert(
      fc.asyncProperty(side, side, async (rows, cols) => {
        fc.pre(rows !== 28 || cols !== 28);
        const error = await refusal(asImages(Buffer.concat([words(2051, 1, rows, cols), Buffer.alloc(784)])));
        expect(error).toMatchObject({ code: 'data/wrong-size', where: at(8) });
        expect(error.message).toContain(`${rows}×${cols}`);
      }),
      { numRuns: 40 },
    );
  });

  test('a label out of range, at the first such byte', async () => {
    const wrong = fc.tuple(fc.nat(someLabels.length - 1), fc.integer({ min: 10, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(wrong, { minLength: 1, maxLength: 4 }), fc.boolean(), async (changes, zipped) => {
        const values = Uint8Array.from(someLabels);
        for (const [i, value] of changes) values[i] = value;
        const first = Math.min(...changes.map(([i]) => i));
        const error = await refusal(asLabels(zipped ? gzipSync(labelFile(values)) : labelFile(values)));
        expect(error).toMatchObject({ code: 'data/label-out-of-range', where: at(8 + first) });
        expect(error.message).toBe(`The label at byte ${8 + first} is ${values[first]}; labels are 0 to 9.`);
      }),
      { numRuns: 60 },
    );
  });

  test('a change of any byte of a gzip file is refused, or it changed nothing of what is unpacked', async () => {
    const file = labelFile(someLabels);
    const whole = gzipSync(file);
    const unchanged = { count: 300, bytes: someLabels, sha256: sha256(file) };
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (i, flip) => {
        const changed = Buffer.from(whole);
        changed[i]! ^= flip;
        const result = await asLabels(changed).catch((error: unknown) => error);
        if (!(result instanceof PruneError)) expect(result).toEqual(unchanged);
      }),
      { numRuns: 300 },
    );
  });

  test('no file, and a folder', async () => {
    const missing = path.join(newFolder(), 'train-images-idx3-ubyte');
    expect(await refusal(readImages(missing))).toMatchObject({ code: 'data/unreadable', where: missing });
    const folder = newFolder();
    expect(await refusal(readLabels(folder, 10))).toMatchObject({ code: 'data/unreadable', where: folder });
  });

  test.skipIf(process.platform !== 'linux')('a file whose reading fails', async () => {
    // The first page of a process is never there: opens like a file, and its bytes are an I/O error.
    const file = '/proc/self/mem';
    expect(await refusal(readImages(file))).toMatchObject({
      code: 'data/unreadable',
      where: file,
      message: expect.stringContaining('EIO'),
    });
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a file that may not be read', async () => {
    const file = newFile(labelFile(someLabels));
    chmodSync(file, 0o000);
    expect(await refusal(readLabels(file, 10))).toMatchObject({ code: 'data/unreadable', where: file });
  });
});
