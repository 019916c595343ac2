/**
 * One axis of a convolution whose outer kernel rows are zero: which rows of its image can go, and what kernel then gives the same numbers.
 * ("Rows" stands for columns too.)
 */
import type { Padding } from '../nn/graph';
import { windowsAlong } from '../nn/shapes';

/** How a convolution goes along an axis. */
export interface Axis {
  /** Rows of the image, and of the kernel. */
  length: number;
  kernel: number;
  stride: number;
  padding: Padding;
  /** Rows of the kernel that are zero at its start and end; less than the kernel together. */
  zeros: readonly [number, number];
}

/** Rows of the image that no position of the kernel reads with a weight that is not zero, at the start and the end; one stays. */
export function unreadRows(axis: Axis): [number, number] {
  const { length, kernel, stride, padding, zeros } = axis;
  const { count, before } = windowsAlong(length, kernel, stride, padding);
  const read = new Set<number>();
  for (let at = 0; at < count; at++) for (let row = zeros[0]; row < kernel - zeros[1]; row++) read.add(at * stride - before + row);
  const inside = [...read].filter((row) => row >= 0 && row < length);
  return inside.length === 0 ? [length - 1, 0] : [Math.min(...inside), length - 1 - Math.max(...inside)];
}

/**
 * How many zero rows the kernel has to lose at its start and end to give the same from the image without `crop` rows at its start and end,
 * with this padding: as many as possible. null where no kernel does.
 *
 * @param crop no more than `unreadRows`
 */
export function trimmed(axis: Axis, crop: readonly [number, number], padding: Padding): [number, number] | null {
  const { length, kernel, stride, zeros } = axis;
  const was = windowsAlong(length, kernel, stride, axis.padding);
  let best: [number, number] | null = null;
  for (let start = 0; start <= zeros[0]; start++) {
    for (let end = 0; end <= zeros[1]; end++) {
      const now = windowsAlong(length - crop[0] - crop[1], kernel - start - end, stride, padding);
      // The kernel's first row must lie on the same row of the image as before.
      const fits = now.count === was.count && now.before === was.before - start + crop[0];
      if (fits && (!best || start + end > best[0] + best[1])) best = [start, end];
    }
  }
  return best;
}
