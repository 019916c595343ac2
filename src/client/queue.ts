/** Several runs, a few at a time. */
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Device } from '../shared/device';
import type { Event } from '../shared/protocol';
import { availableMemory } from '../setup/memory';
import type { Outcome } from './connection';
import { runExperiment, type RunOptions } from './run';
import { placesFor, shareOf } from './share';

export interface Queued {
  runDir: string;
  resume: boolean;
  /** What the experiment asks for; `auto` is this run's share of the cores. */
  threads: 'auto' | number;
  device: Device;
}

export interface QueueOptions extends Pick<RunOptions, 'signal' | 'killSignal' | 'engineFile' | 'execPath' | 'env' | 'startTimeoutMs'> {
  /**
   * Runs at a time; default: as many as there are cores, where memory has room for them, or one where they compute on a graphics card. Four runs of LeNet-300-100 on two cores took 13 s so, and 20 s one after
   * another on both cores (medians of five): small layers do not fill several cores.
   */
  parallel?: number | undefined;
  cores?: number | undefined;
  /** Bytes that all of them may take together; default: what can be had now. */
  memory?: number | undefined;
  onEvent?: ((index: number, event: Event) => void) | undefined;
  onOutcome?: ((index: number, outcome: Outcome) => void) | undefined;
}

/** Runs all and returns their outcomes in order. One that fails does not stop the others; an abort cancels those running and waiting. */
export async function runAll(runs: readonly Queued[], options: QueueOptions = {}): Promise<Outcome[]> {
  const cores = options.cores ?? availableParallelism();
  const memory = options.memory ?? availableMemory(options.env, undefined, 0);
  const parallel = Math.max(1, Math.min(runs.length, options.parallel ?? placesFor(cores, memory, runs)));
  const share = shareOf(parallel, cores, memory);
  const { parallel: _p, cores: _c, onEvent, onOutcome, ...engine } = options;
  const limit = pLimit(parallel);
  return limit.map(runs, async ({ runDir, resume, threads, device }, index) => {
    const outcome = await runExperiment({
      ...engine,
      runDir,
      resume,
      threads: threads === 'auto' ? share.threads : threads,
      device,
      memory: share.memory,
      onEvent: (event) => onEvent?.(index, event),
    });
    onOutcome?.(index, outcome);
    return outcome;
  });
}
