/** Runs run folders with progress and Ctrl-C, for `run` and `resume`. */
import type { Outcome } from '../client/connection';
import { runAll, type Queued } from '../client/queue';
import { colours, print, write } from './io';
import { onInterrupt } from './interrupt';
import { barProgress, jsonProgress, lineProgress, type Progress, type Shown } from './progress';

export interface Executed {
  outcomes: Outcome[];
  /** Ctrl-C was pressed. */
  interrupted: boolean;
}

export async function execute(
  runs: readonly (Queued & Shown)[],
  options: { json: boolean; parallel?: number | undefined },
): Promise<Executed> {
  const progress = progressFor(runs, options.json);
  const interrupt = onInterrupt(() => {
    const text = 'Stopping at the end of this batch. Press Ctrl-C again to stop at once.';
    if (options.json) write(`${text}\n`, process.stderr);
    else progress.note(text);
  });
  try {
    const outcomes = await runAll(runs, {
      parallel: options.parallel,
      signal: interrupt.signal,
      killSignal: interrupt.killSignal,
      onEvent: (run, event) => progress.event(run, event),
      onOutcome: (run, outcome) => progress.outcome(run, outcome),
    });
    return { outcomes, interrupted: interrupt.signal.aborted };
  } finally {
    progress.stop();
    await interrupt.dispose();
  }
}

function progressFor(runs: readonly Shown[], json: boolean): Progress {
  if (json) return jsonProgress(runs, write);
  const { stdout } = process;
  return stdout.isTTY && process.env['TERM'] !== 'dumb' ? barProgress(runs, stdout, colours) : lineProgress(runs, write, colours);
}

/** 130 cancelled, 1 where a run failed, 0 where all are done. */
export function exitCode({ outcomes, interrupted }: Executed): number {
  if (interrupted && outcomes.some((outcome) => outcome.state !== 'done')) return 130;
  return outcomes.every((outcome) => outcome.state === 'done') ? 0 : outcomes.some((outcome) => outcome.state === 'failed') ? 1 : 130;
}

/** How to go on with runs that were stopped. */
export function printResume(runs: readonly Shown[], outcomes: readonly Outcome[], name: (folder: string) => string): void {
  const stopped = runs.filter((_, i) => outcomes[i]!.state !== 'done');
  if (stopped.length) print(['Continue with:', ...stopped.map((run) => `  prune-lab resume ${name(run.folder)}`)].join('\n'));
}
