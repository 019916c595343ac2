import type { Event } from '../shared/protocol';
import type { HistoryRow } from '../shared/report';

/** At most so many batch events a second. */
const BATCH_EVENTS_PER_SECOND = 10;

/** Live events of a run, with the time that is left, from the epochs' own durations. */
export class Progress {
  private epochsDone = 0;
  private secondsSpent = 0;
  private lastBatchEvent = 0;

  /** `total`: epochs of all phases that are still to run. */
  constructor(
    private readonly emit: (event: Event) => void,
    private readonly total: number,
  ) {}

  stage(name: Extract<Event, { type: 'stage' }>['name'], detail: string): void {
    this.emit({ type: 'stage', name, detail });
  }

  batch(phase: HistoryRow['phase'], epoch: number, epochs: number, batch: number, batches: number, loss: number): void {
    const now = performance.now();
    if (now - this.lastBatchEvent < 1000 / BATCH_EVENTS_PER_SECOND) return;
    this.lastBatchEvent = now;
    this.emit({ type: 'batch', phase, epoch, epochs, batch, batches, loss, secondsLeft: this.secondsLeft(batch / batches) });
  }

  epoch(row: HistoryRow, epochs: number): void {
    this.epochsDone++;
    this.secondsSpent += row.seconds;
    this.emit({ type: 'epoch', epochs, total: this.total, row });
  }

  private secondsLeft(fractionOfEpoch: number): number | null {
    if (this.epochsDone === 0) return null;
    return (this.secondsSpent / this.epochsDone) * Math.max(0, this.total - this.epochsDone - fractionOfEpoch);
  }
}
