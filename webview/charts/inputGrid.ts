/** Kept inputs as a picture and as numbers: the image's pixels over its mean, the outline of what stays, and what is said of them. */
import type { Saving } from '../../src/shared/inputs';
import { left } from '../../src/shared/left';
import { largest } from '../../src/shared/lists';
import { percent, type Inputs } from '../../src/shared/report';
import { integer } from '../../src/shared/text';
import type { Grid } from './cells';
import type { GridCell } from './grid';
import { viridis, type Rgb } from './palette';

/** How many channels of each pixel are kept, row by row, and how many there are. */
export interface PixelMap {
  width: number;
  height: number;
  channels: number;
  counts: readonly number[];
}

/** The map of a run on images; null where samples are rows of features. */
export function pixelMap({ map, shape }: Inputs): PixelMap | null {
  return map && map.counts.length ? { ...map, channels: shape[2] ?? 1 } : null;
}

/** The mean of the classes' mean images, each class for one; null where there is none. */
export function meanImage(classMeans: Inputs['classMeans']): number[] | null {
  const [first] = classMeans;
  if (!first) return null;
  return first.pixels.map((_, i) => Math.round(classMeans.reduce((sum, { pixels }) => sum + pixels[i]!, 0) / classMeans.length));
}

/** Where the scale of kept pixels begins: the darkest of them is lighter than anything that was dropped. */
const FROM = 0.35;
/** Grey of a dropped pixel whose mean is 0, and how much lighter the brightest is. */
const DIM = { dark: 26, range: 64 };

/** The colour of a kept pixel, of 0 to 1 of the brightest mean, or of its channels. */
export const keptColour = (share: number): Rgb => viridis(FROM + (1 - FROM) * share);

/** The grey of a dropped pixel, of 0 to 1 of the brightest mean. */
export function droppedColour(share: number): Rgb {
  const grey = Math.round(DIM.dark + DIM.range * share);
  return [grey, grey, grey];
}

/** The brightest value of an image, where the scales of colours end. */
export const brightest = (image: readonly number[]): number => largest(image, 1);

/** Colours row by row: over `image` (0 to 255 a pixel) by its brightness, without one by how many channels are kept. */
export function pixelColours({ counts, channels }: PixelMap, image: readonly number[] | null): Rgb[] {
  const most = image ? brightest(image) : 1;
  return counts.map((count, i) => {
    const share = image ? (image[i] ?? 0) / most : count / channels;
    return count > 0 ? keptColour(share) : droppedColour(image ? share : 0);
  });
}

/** A side of a pixel in pixels' lengths: from (x, y) one to the right, or one down. */
export interface Side {
  x: number;
  y: number;
  down: boolean;
}

/** The sides at which a kept pixel meets a dropped one. */
export function outline({ width, height, counts }: PixelMap): Side[] {
  const kept = (x: number, y: number) => (counts[y * width + x] ?? 0) > 0;
  const sides: Side[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x > 0 && kept(x, y) !== kept(x - 1, y)) sides.push({ x, y, down: true });
      if (y > 0 && kept(x, y) !== kept(x, y - 1)) sides.push({ x, y, down: false });
    }
  }
  return sides;
}

/** `196 of 784 inputs (25.00%)`. */
export const keptText = ({ kept, total }: Inputs): string =>
  `${integer(kept)} of ${integer(total)} inputs (${keptPercent({ kept, total })})`;

export const keptPercent = ({ kept, total }: Pick<Inputs, 'kept' | 'total'>): string => percent(left('inputs', kept, total).fraction);

/** `row 12, column 15: kept, mean 143`, counted from 1; of colours `2 of 3 channels kept`. */
export function describePixel({ column, row }: GridCell, map: PixelMap, image: readonly number[] | null): string {
  const i = row * map.width + column;
  const count = map.counts[i] ?? 0;
  const state = map.channels > 1 && count > 0 ? `${count} of ${map.channels} channels kept` : count > 0 ? 'kept' : 'dropped';
  return `row ${row + 1}, column ${column + 1}: ${state}${image ? `, mean ${image[i] ?? 0}` : ''}`;
}

/** A line a pixel, with the mean of each class. */
export function longInputs({ width, channels, counts }: PixelMap, classMeans: Inputs['classMeans']): Grid {
  return {
    columns: ['row', 'column', 'channels_kept', 'channels', ...classMeans.map(({ name }) => `mean_${name}`)],
    rows: counts.map((count, i) => [
      Math.floor(i / width) + 1,
      (i % width) + 1,
      count,
      channels,
      ...classMeans.map(({ pixels }) => pixels[i] ?? null),
    ]),
  };
}

/** `1 to 5, 9, 12`: the features of a mask that are kept, counted from 1. */
export function featureRanges(mask: Uint8Array): string {
  const ranges: [first: number, last: number][] = [];
  mask.forEach((kept, i) => {
    if (!kept) return;
    const open = ranges.at(-1);
    if (open?.[1] === i) open[1] = i + 1;
    else ranges.push([i + 1, i + 1]);
  });
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first} to ${last}`)).join(', ');
}

export function featureGrid(mask: Uint8Array): Grid {
  return { columns: ['feature', 'kept'], rows: [...mask].map((kept, i) => [i + 1, kept ? 'yes' : 'no']) };
}

/** What its bars count. */
export const QUANTITIES = [
  { of: 'params', name: 'Parameters' },
  { of: 'macs', name: 'Multiply-accumulates' },
] as const;

/** A network's share of the dense one, which is the first. */
export const shareOfDense = (all: readonly Saving[], network: number, of: 'params' | 'macs'): number =>
  all[network]![of] / (all[0]![of] || 1);

export function savingsGrid(all: readonly Saving[]): Grid {
  return {
    columns: ['network', 'params', 'params_of_dense', 'macs', 'macs_of_dense'],
    rows: all.map(({ name, params, macs }, i) => [name, params, shareOfDense(all, i, 'params'), macs, shareOfDense(all, i, 'macs')]),
  };
}
