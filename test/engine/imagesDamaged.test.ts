/** Damaged image files before the native decoders: a folder of images is read whole, or the file at fault is named; the process lives on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { readImageFolders } from '../../src/engine/data/images';
import { decodeImage } from '../../src/engine/kernels/images';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { PruneError } from '../../src/shared/errors';
import { PATIENCE, runsOf } from '../unit/fuzz/inputs';
import { damagedBytes } from '../unit/fuzz/mutations';
import { temporaryFolder } from './helpers';
import { bmp, gif, jpeg, pixelsOf, png, rule } from './imageFiles';

beforeAll(() => void loadRuntime(1));
const work = temporaryFolder();

const RUNS = runsOf(1500);
const SIDE = 9;
const data = {
  name: 'images',
  path: 'x',
  size: 8,
  channels: 3,
  augment: 'none',
  validationFraction: 0.1,
  testFraction: 0.2,
  seed: 0,
} as const;

test(
  'an image is decoded, or refused by name',
  async () => {
    const colour = pixelsOf(SIDE, SIDE, 3);
    const good = [
      png(SIDE, SIDE, 2, colour),
      png(SIDE, SIDE, 0, pixelsOf(SIDE, SIDE, 1)),
      bmp(SIDE, SIDE, 3),
      bmp(SIDE, SIDE, 4),
      gif(
        SIDE,
        SIDE,
        pixelsOf(SIDE, SIDE, 1).map((value) => value % 128),
      ),
      await jpeg(SIDE, SIDE, rule),
    ];
    for (const [i, name] of ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'b/3'].entries()) {
      mkdirSync(path.dirname(path.join(work, name)), { recursive: true });
      writeFileSync(path.join(work, `${name}.png`), good[i]!);
    }
    const file = path.join(work, 'a', '2.png');
    const [outcomes, input] = [{ read: 0, refused: 0 }, damagedBytes(good)];
    await fc.assert(
      fc.asyncProperty(input, async (bytes) => {
        writeFileSync(file, bytes);
        try {
          const { train, validation, test, image } = await readImageFolders(work, data, decodeImage);
          expect(image).toEqual([8, 8, 3]);
          for (const split of [train, validation, test]) expect(split.pixels.length).toBe(split.count * 8 * 8 * 3);
          expect(train.count + validation.count + test.count).toBe(6);
          outcomes.read++;
        } catch (error) {
          if (!(error instanceof PruneError)) throw error;
          expect(['data/corrupt-image', 'data/image-too-large']).toContain(error.code);
          expect(error.where).toBe(file);
          outcomes.refused++;
        }
      }),
      RUNS,
    );
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(RUNS.numRuns / 100);
  },
  PATIENCE,
);
