/** The runs that go on in this window: as many at a time as cores and memory allow, each to be cancelled alone. Knows nothing of the editor. */
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Outcome } from '../client/connection';
import type { Queued } from '../client/queue';
import { runExperiment } from '../client/run';
import { placesFor, shareOf } from '../client/share';
import { availableMemory } from '../setup/memory';
import { toFailure } from '../shared/errors';
import type { Event } from '../shared/protocol';
import type { Kernels } from './kernels';

interface Job {
  controller: AbortController;
  outcome: Promise<Outcome>;
}

/** Asked when a run's turn comes, however long it waited; each throws for a run that must not begin. */
export interface Guard {
  /** Before anything is written into its folder: such a run's record stays as it is. */
  folder: (runDir: string) => Promise<void>;
  /** Before its child is started: such a run has failed. */
  paths: (runDir: string) => Promise<void>;
}

export class Jobs {
  private readonly cores = availableParallelism();
  private readonly limit = pLimit(this.cores);
  /** Writes of runs that were cancelled while they waited: half a sweep at once, each with files open. */
  private readonly cancelling = pLimit(8);
  private readonly jobs = new Map<string, Job>();
  /** Bytes that could be had when nothing went on. */
  private memory = Infinity;

  constructor(
    private readonly kernels: Pick<Kernels, 'childEnv'>,
    private readonly guard: Guard,
    private readonly onEvent: (folder: string, event: Event) => void,
  ) {}

  get folders(): string[] {
    return [...this.jobs.keys()];
  }

  has(folder: string): boolean {
    return this.jobs.has(folder);
  }

  /** Queues runs; each has a job from now until its outcome is there. */
  add(runs: readonly Queued[]): void {
    const begins = this.jobs.size === 0;
    if (begins) this.memory = availableMemory(process.env, undefined, 0);
    const places = placesFor(this.cores, this.memory, runs);
    this.limit.concurrency = begins ? places : Math.min(this.limit.concurrency, places);
    // All are entered before the first begins, so that the first knows how many share the cores.
    for (const run of runs) this.jobs.set(run.runDir, this.job(run));
  }

  /** Asks a run to stop: at the end of its batch, or, where it waits, at once. */
  cancel(folder: string): void {
    this.jobs.get(folder)?.controller.abort();
  }

  /** How the run ended; undefined where it is none of this window's. */
  outcome(folder: string): Promise<Outcome> | undefined {
    return this.jobs.get(folder)?.outcome;
  }

  /** Cancels all and waits until their children are gone. */
  async dispose(): Promise<void> {
    const jobs = [...this.jobs.values()];
    for (const { controller } of jobs) controller.abort();
    await Promise.all(jobs.map(({ outcome }) => outcome));
  }

  private job(run: Queued): Job {
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    let begun: Promise<Outcome> | undefined;
    const begin = () => (begun ??= this.begin(run, signal));
    // A run that waits for a place and is cancelled needs none: runExperiment() only writes that it was cancelled.
    const outcome = Promise.race([this.limit(begin), aborted.then(() => this.cancelling(begin))]).finally(() =>
      this.jobs.delete(run.runDir),
    );
    return { controller, outcome };
  }

  private async begin({ runDir, resume, threads, device }: Queued, signal: AbortSignal): Promise<Outcome> {
    const share = shareOf(Math.min(this.limit.concurrency, this.jobs.size), this.cores, this.memory);
    try {
      await this.guard.folder(runDir);
    } catch (error) {
      return { state: 'failed', failure: toFailure(error) };
    }
    return runExperiment({
      runDir,
      resume,
      threads: threads === 'auto' ? share.threads : threads,
      device,
      memory: share.memory,
      signal,
      check: () => this.guard.paths(runDir),
      env: this.kernels.childEnv(device),
      onEvent: (event) => this.onEvent(runDir, event),
    });
  }
}
