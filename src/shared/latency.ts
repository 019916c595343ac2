import type { Report } from './report';
import { plural } from './text';

/** How the times of a report's stages were measured: `30 forward passes of a batch of 256 on 2 threads`. null where there is no stage. */
export function passesText({ stages }: Report): string | null {
  if (!stages[0]) return null;
  const { repeats, batch, threads } = stages[0].latencyMs;
  const passes = `${plural(repeats, 'forward pass', 'forward passes')} of a batch of ${batch} on ${plural(threads, 'thread')}`;
  return stages.length === 1
    ? passes
    : `${passes}; the whole and the compact network took turns, and rows of the same layers show the same time`;
}
