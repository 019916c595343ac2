/**
 * How many damaged inputs each family of parsers is given, and what must be true of each: it is read as something sound, or refused in words that a
 * person understands. PRUNE_LAB_FUZZ multiplies the numbers; fast-check prints the seed of a failure.
 */
import { expect } from 'vitest';
import { PruneError } from '../../../src/shared/errors';

export const INPUTS = {
  config: 10_000,
  'config-bytes': 1_500,
  idx: 4_000,
  cifar: 1_500,
  npy: 15_000,
  'npy-set': 1_000,
  'image-headers': 17_000,
  'model-topology': 3_000,
  'model-weights': 1_500,
  'run-record': 3_000,
  'run-config': 2_000,
  'run-history': 4_000,
  'run-report': 2_500,
  'run-checkpoint': 4_000,
  messages: 28_000,
  conversations: 3_000,
  archives: 700,
} as const;

const TIMES = Number(process.env['PRUNE_LAB_FUZZ'] ?? 1);

/** The same inputs each time, so that a change is judged by what it does; longer runs draw their own. */
export const runsOf = (inputs: number) => ({ numRuns: Math.ceil(inputs * TIMES), ...(TIMES === 1 && { seed: 1 }) });
export const runs = (family: keyof typeof INPUTS) => runsOf(INPUTS[family]);

/** For each test, in ms: an input that hangs fails by it. */
export const PATIENCE = 120_000 * Math.max(1, TIMES);

export type Outcome<T> = { value: T } | { refused: PruneError };

/** What a reader may take for its buffers, whatever the input's length: streams read in pieces of 1 MiB. */
const BUFFERS = 16 * 2 ** 20;
/** Bytes of arrays for each byte of input: several copies, bytes that become floats, small numbers that stand for many. */
const TIMES_INPUT = 64;

/** What came of an input of `bytes` bytes. Fails for any error that is none of ours, and for memory that is out of proportion to the input. */
export async function outcomeOf<T>(bytes: number, read: () => T | Promise<T>): Promise<Outcome<T>> {
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await attempt(read);
  const taken = process.memoryUsage().arrayBuffers - before;
  expect(taken).toBeLessThanOrEqual(TIMES_INPUT * bytes + BUFFERS);
  return outcome;
}

async function attempt<T>(read: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!(error instanceof PruneError)) throw error;
    expect(error.code).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
    expect(error.message.length).toBeLessThan(4000);
    expect(error.remedy).toMatch(/\w/);
    return { refused: error };
  }
}
