/** Pad-crop-flip against the definition: pad the image with zeros, cut the window out, mirror it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cropFlip, drawCropFlip, padding, type CropFlip } from '../../../src/engine/data/augment';
import { stream } from '../../../src/engine/random';

/** As torchvision's RandomCrop(padding) and RandomHorizontalFlip do it, pixel by pixel. */
function byDefinition(
  pixels: ArrayLike<number>,
  [height, width, channels]: [number, number, number],
  { down, right, flip }: CropFlip,
): number[] {
  const at = (y: number, x: number, c: number) =>
    y < 0 || y >= height || x < 0 || x >= width ? 0 : pixels[(y * width + x) * channels + c]!;
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = flip ? width - 1 - x : x;
      for (let c = 0; c < channels; c++) out.push(at(y + down - padding(height), from + right - padding(width), c));
    }
  }
  return out;
}

test('the padding of 32 is 4, of 28 too, of 64 it is 8', () => expect([32, 28, 64].map(padding)).toEqual([4, 4, 8]));

test('a small image by hand', () => {
  // Padding 1 around 8 × 8: the window one to the right and one up shows a black top row and a black right column.
  const image = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
  const out = new Uint8Array(64).fill(255);
  cropFlip(image, 0, [8, 8, 1], { down: 0, right: 2, flip: false }, out, 0);
  expect([...out.subarray(0, 16)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 4, 5, 6, 7, 8, 0]);
  cropFlip(image, 0, [8, 8, 1], { down: 0, right: 2, flip: true }, out, 0);
  expect([...out.subarray(0, 16)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2]);
});

describe('of any image, bytes or floats, at any place of its array', () => {
  const cases = fc
    .tuple(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.nat(),
      fc.nat(3),
    )
    .map(([height, width, channels, floats, seed, index]) => ({
      image: [height, width, channels] as [number, number, number],
      floats,
      seed,
      index,
    }));
  test('it is the definition, and touches nothing else', () => {
    fc.assert(
      fc.property(cases, ({ image, floats, seed, index }) => {
        const rng = stream(seed, 'test');
        const features = image[0] * image[1] * image[2];
        const make = (fill: () => number) => {
          const values = Array.from({ length: 4 * features }, fill);
          return floats ? Float32Array.from(values) : Uint8Array.from(values);
        };
        const [from, to] = [make(() => rng.int(256)), make(() => rng.int(256))];
        const [before, source] = [to.slice(), from.slice()];
        const draw = drawCropFlip(rng, image);
        expect(draw.down).toBeLessThanOrEqual(2 * padding(image[0]));
        expect(draw.right).toBeLessThanOrEqual(2 * padding(image[1]));
        cropFlip(from, index * features, image, draw, to, (3 - index) * features);
        const expected = byDefinition(from.subarray(index * features, (index + 1) * features), image, draw);
        before.set(expected, (3 - index) * features);
        expect(to).toEqual(before);
        expect(from).toEqual(source);
      }),
    );
  });
});

test('every corner and both sides are drawn about equally often; the same stream gives the same', () => {
  const count = 40_000;
  const draws = (seed: number) => {
    const rng = stream(seed, 'augment', 'train', 3);
    return Array.from({ length: count }, () => drawCropFlip(rng, [32, 32, 3]));
  };
  const drawn = draws(1);
  expect(draws(1)).toEqual(drawn);
  expect(draws(2)).not.toEqual(drawn);
  const seen = new Map<string, number>();
  for (const { down, right, flip } of drawn) seen.set(`${down} ${right} ${flip}`, (seen.get(`${down} ${right} ${flip}`) ?? 0) + 1);
  expect(seen.size).toBe(9 * 9 * 2);
  // Chi-squared with 161 degrees of freedom: beyond 250 with a probability of 1e-5.
  const expected = count / 162;
  expect([...seen.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)).toBeLessThan(250);
});
