/** Several runs, a few at a time. */
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Event } from '../shared/protocol';
import type { Outcome } from './connection';
import { runExperiment, type RunOptions } from './run';

export interface Queued {
  runDir: string;
  resume: boolean;
  /** What the experiment asks for; `auto` is this run's share of the cores. */
  threads: 'auto' | number;
}

export interface QueueOptions extends Pick<RunOptions, 'signal' | 'killSignal' | 'engineFile' | 'execPath' | 'env' | 'startTimeoutMs'> {
  /**
   * Runs at a time; default: as many as there are cores. Four runs of LeNet-300-100 on two cores took 13 s so, and 20 s one after
   * another on both cores (medians of five): small layers do not fill several cores.
   */
  parallel?: number | undefined;
  cores?: number | undefined;
  onEvent?: ((index: number, event: Event) => void) | undefined;
  onOutcome?: ((index: number, outcome: Outcome) => void) | undefined;
}

/** Runs all and returns their outcomes in order. One that fails does not stop the others; an abort cancels those running and waiting. */
export async function runAll(runs: readonly Queued[], options: QueueOptions = {}): Promise<Outcome[]> {
  const cores = options.cores ?? availableParallelism();
  const parallel = Math.min(runs.length, options.parallel ?? cores);
  const share = Math.max(1, Math.floor(cores / parallel));
  const { parallel: _p, cores: _c, onEvent, onOutcome, ...engine } = options;
  const limit = pLimit(Math.max(1, parallel));
  return limit.map(runs, async ({ runDir, resume, threads }, index) => {
    const outcome = await runExperiment({
      ...engine,
      runDir,
      resume,
      threads: threads === 'auto' ? share : threads,
      onEvent: (event) => onEvent?.(index, event),
    });
    onOutcome?.(index, outcome);
    return outcome;
  });
}
