/** What of the machine each of several runs at a time gets. */
import type { Device } from '../shared/device';

/** A run with the smallest network holds about so much: Node with TensorFlow's library (306 MB at most was measured on Linux). */
const LEAST = 350e6;

/**
 * How many runs may go on at a time by default: as many as there are cores, but no more than memory has room for. Where one of them computes
 * on the graphics card, one: how much of its memory each takes is not known beforehand.
 */
export const placesFor = (cores: number, memory: number, runs: readonly { device: Device }[]): number =>
  runs.some(({ device }) => device === 'gpu') ? 1 : Math.max(1, Math.min(cores, Math.floor(memory / LEAST)));

/**
 * Equal parts, so that no run depends on which of the others began first. A run that needs a larger part is refused by its child, which says that fewer
 * at a time would do.
 *
 * @param memory bytes that could be had before any of them began: what is free later is less what they took, which is not to be divided again
 */
export const shareOf = (atATime: number, cores: number, memory: number): { threads: number; memory: number } => ({
  threads: Math.max(1, Math.floor(cores / atATime)),
  memory: Math.floor(memory / atATime),
});
