/** Counts by pixel of an image, as characters: the first layer's connections, or the channels that are kept. */
import { largest } from '../shared/lists';
import { WIDTH } from './text';

/** From none to most; ink grows about evenly. */
export const RAMP = ' .:-=+*#%@';

export interface PixelCounts {
  width: number;
  height: number;
  /** Row by row. */
  counts: readonly number[];
}

/**
 * One line a row of the image; a pixel is two characters wide where the width allows, which makes it about square.
 *
 * @param most the count that the ramp's last character stands for
 */
export function heatmap({ width, height, counts }: PixelCounts, most = largest(counts, 1)): string[] {
  const across = width * 2 + 2 <= WIDTH ? 2 : 1;
  const frame = `+${'-'.repeat(width * across)}+`;
  const rows = Array.from(
    { length: height },
    (_, y) =>
      `|${counts
        .slice(y * width, (y + 1) * width)
        .map((n) => mark(n, most).repeat(across))
        .join('')}|`,
  );
  return [frame, ...rows, frame];
}

/** A pixel with connections is never drawn as one without: the ramp's first character is for none alone. */
function mark(n: number, most: number): string {
  return RAMP[n === 0 ? 0 : Math.max(1, Math.round((n / most) * (RAMP.length - 1)))]!;
}
