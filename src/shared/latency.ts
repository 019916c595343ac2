import type { Report } from './report';
import { plural } from './text';

/** How the times of a report's stages were measured: `30 forward passes of a batch of 256 on 2 threads`. null where there is no stage. */
export function passesText({ stages }: Report): string | null {
  if (!stages[0]) return null;
  const { median, repeats, batch, threads } = stages[0].latencyMs;
  const passes = `${plural(repeats, 'forward pass', 'forward passes')} of a batch of ${batch} on ${plural(threads, 'thread')}`;
  if (stages.length === 1) return passes;
  return stages.every(({ latencyMs }) => latencyMs.median === median)
    ? `${passes}; all rows have the same layers and show the same time`
    : `${passes}; the whole and the compact network took turns, and rows of the same layers show the same time`;
}
