/** What a run has reached: the parts of its report that exist so far, and the checkpoint that a resumed run goes on from. */
import path from 'node:path';
import { RUN_FILES } from '../shared/ids';
import { PHASES, type HistoryRow, type MeasuredStage, type Report } from '../shared/report';
import { addText, beginText, flushText } from '../store/atomic';
import { sealed } from '../store/seal';
import { writeCheckpoint, type Checkpoint } from './train/checkpoint';
import type { NetworkValues, Velocities } from './nn/values';

/**
 * A checkpoint is written when so many seconds have passed since the last one, and when the run is cancelled or fails. The fault tests set it
 * to 0, since their runs are over sooner.
 */
const CHECKPOINT_SECONDS = Number(process.env['PRUNE_LAB_CHECKPOINT_SECONDS'] ?? 2);

const line = (row: HistoryRow) => `${JSON.stringify(sealed(row))}\n`;

/** A network in training, or the pruner that holds it. */
export interface Snapshot {
  values(): NetworkValues;
  velocities(): Velocities;
}

export class RunState {
  history: HistoryRow[] = [];
  stages: MeasuredStage[] = [];
  floors: Report['floors'] = [];
  sampling: NonNullable<Report['screening']>['sampling'] = null;
  /** What structured lasso found in the last cut; its coefficients are in the run folder. */
  lasso: Report['lasso'] = null;
  best: { epoch: number; validationError: number } | null = null;
  bestValues: NetworkValues | null = null;
  /** Times that the network was rebuilt while it was trained. */
  rebuilds = 0;
  /** The masked network, once training and pruning are over. */
  maskedValues: NetworkValues | null = null;
  readonly seconds: Record<string, number> = {};
  readonly started = new Date();

  /** State of the last completed epoch, until it is written. */
  private latest: Checkpoint | null = null;
  private written = performance.now();

  constructor(
    private readonly runDir: string,
    private readonly configHash: string,
    readonly resumed: Checkpoint | null,
  ) {
    if (!resumed) return;
    ({ history: this.history, stages: this.stages, floors: this.floors, sampling: this.sampling, best: this.best } = resumed.facts);
    this.lasso = resumed.facts.lasso;
    this.rebuilds = resumed.facts.rebuilds;
    this.bestValues = resumed.bestValues;
    this.maskedValues = resumed.maskedValues;
  }

  /** Epochs of a phase that a resumed run need not repeat. */
  epochsDone(phase: HistoryRow['phase'], epochs: number): number {
    if (this.isPast(phase)) return epochs;
    return this.resumedIn(phase)?.facts.epoch ?? 0;
  }

  /** Was the checkpoint taken in a later phase, so that this one is over and its stage measured? */
  isPast(phase: HistoryRow['phase']): boolean {
    return this.resumed !== null && PHASES.indexOf(this.resumed.facts.phase) > PHASES.indexOf(phase);
  }

  /** The checkpoint, if it was taken in this phase. */
  resumedIn(phase: HistoryRow['phase']): Checkpoint | null {
    return this.resumed?.facts.phase === phase ? this.resumed : null;
  }

  async timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[stage] = (this.seconds[stage] ?? 0) + (performance.now() - start) / 1000;
    }
  }

  addStage(stage: MeasuredStage): void {
    this.stages = [...this.stages.filter((s) => s.name !== stage.name), stage];
  }

  /** The history so far, line by line: what live views and an interrupted run have. A resumed run drops the lines past its checkpoint. */
  async beginMetrics(): Promise<void> {
    await beginText(path.join(this.runDir, RUN_FILES.metrics), this.history.map(line).join(''));
  }

  /** Before the run is done: its history outlasts a power cut as its report does. */
  async endMetrics(): Promise<void> {
    await flushText(path.join(this.runDir, RUN_FILES.metrics));
  }

  /** After an epoch: its row is kept, and the state from which the run could go on; written to disk every few seconds. */
  async epochDone(row: HistoryRow, network: Snapshot, statistics: Map<string, Float64Array>): Promise<void> {
    await addText(path.join(this.runDir, RUN_FILES.metrics), line(row));
    this.latest = {
      facts: {
        configHash: this.configHash,
        phase: row.phase,
        epoch: row.epoch,
        // Not a copy, which in each epoch would cost more and more.
        history: this.history,
        stages: this.stages,
        floors: this.floors,
        sampling: this.sampling,
        lasso: this.lasso,
        rebuilds: this.rebuilds,
        best: this.best,
      },
      values: network.values(),
      velocities: network.velocities(),
      bestValues: this.bestValues,
      maskedValues: this.maskedValues,
      statistics,
    };
    // Only now, so that the state that is kept and the rows always go together: what comes before may fail.
    this.history.push(row);
    if (performance.now() - this.written > CHECKPOINT_SECONDS * 1000) await this.saveCheckpoint();
  }

  /** Writes the state of the last completed epoch; does nothing when none was completed since the last writing. */
  async saveCheckpoint(): Promise<void> {
    if (!this.latest) return;
    await writeCheckpoint(path.join(this.runDir, RUN_FILES.checkpoint), this.latest);
    this.latest = null;
    this.written = performance.now();
  }
}
