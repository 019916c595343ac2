/**
 * Pad-crop-flip, the usual augmentation of small images (He et al. 2016, section 4.2: 4 pixels on each side of 32, a random crop of the
 * original size, mirrored every second time), on raw values before normalisation: what is padded is black.
 */
import type { Rng } from '../random';

export interface CropFlip {
  /** Of the crop's corner in the padded image, in rows and columns: 0 to twice the padding. */
  down: number;
  right: number;
  flip: boolean;
}

/** An eighth of the side. */
export const padding = (side: number): number => Math.round(side / 8);

/** Three numbers of the stream, for an image [height, width, channels]. */
export function drawCropFlip(rng: Rng, image: readonly number[]): CropFlip {
  return { down: rng.int(2 * padding(image[0]!) + 1), right: rng.int(2 * padding(image[1]!) + 1), flip: rng.int(2) === 1 };
}

/** Writes the varied form of the image at `from[at...]` to `to[toAt...]`, which needs not be empty. Both are [height, width, channels]. */
export function cropFlip<T extends Uint8Array | Float32Array>(
  from: T,
  at: number,
  image: readonly number[],
  { down, right, flip }: CropFlip,
  to: T,
  toAt: number,
): void {
  const [height, width, channels] = image as [number, number, number];
  const row = width * channels;
  const shiftDown = down - padding(height);
  const shiftRight = right - padding(width);
  // Columns of the result, before mirroring, that lie inside of the image.
  const first = Math.max(0, -shiftRight);
  const last = Math.min(width, width - shiftRight);
  to.fill(0, toAt, toAt + height * row);
  for (let y = Math.max(0, -shiftDown); y < Math.min(height, height - shiftDown); y++) {
    const source = at + (y + shiftDown) * row + (first + shiftRight) * channels;
    const target = toAt + y * row;
    const length = (last - first) * channels;
    if (!flip) {
      for (let i = 0; i < length; i++) to[target + first * channels + i] = from[source + i]!;
      continue;
    }
    for (let x = first, s = source; x < last; x++) {
      const t = target + (width - 1 - x) * channels;
      for (let c = 0; c < channels; c++, s++) to[t + c] = from[s]!;
    }
  }
}
