/** The history of a run as lines over one count of epochs: training, and then fine-tuning on from it; the twin beside them. */
import { PHASES, type HistoryRow } from '../../src/shared/report';
import type { Cell } from './cells';

export interface EpochPoint {
  /** Epochs since the start of training; of the twin, of its own training. */
  x: number;
  row: HistoryRow;
}

export interface Epochs {
  /** Training and fine-tuning. */
  run: EpochPoint[];
  twin: EpochPoint[];
  /** The first x of fine-tuning; null where there is none. */
  fineTuneFrom: number | null;
}

export function layEpochs(history: readonly HistoryRow[]): Epochs {
  const of = (phase: HistoryRow['phase']) => history.filter((row) => row.phase === phase).sort((a, b) => a.epoch - b.epoch);
  const [train, fineTune] = [of('train'), of('fine-tune')];
  const before = train.at(-1)?.epoch ?? 0;
  const run = [...train.map((row) => ({ x: row.epoch, row })), ...fineTune.map((row) => ({ x: before + row.epoch, row }))];
  return {
    run,
    twin: of('twin').map((row) => ({ x: row.epoch, row })),
    fineTuneFrom: fineTune[0] ? before + fineTune[0].epoch : null,
  };
}

/** Adds a row at the end of a history. An epoch that is run again (after a resumption) takes the place of the former, and of those after it. */
export function addRow(history: HistoryRow[], row: HistoryRow): void {
  const isBefore = (a: HistoryRow, b: HistoryRow) =>
    a.phase === b.phase ? a.epoch < b.epoch : PHASES.indexOf(a.phase) < PHASES.indexOf(b.phase);
  while (history.length > 0 && !isBefore(history.at(-1)!, row)) history.pop();
  history.push(row);
}

export const EPOCH_COLUMNS = [
  'phase',
  'epoch',
  'learning_rate',
  'keep',
  'kept',
  'train_loss',
  'train_error',
  'validation_loss',
  'validation_error',
  'test_error',
] as const;

export function epochCells(history: readonly HistoryRow[]): Cell[][] {
  return history.map((row) => [
    row.phase,
    row.epoch,
    row.learningRate,
    row.keep,
    row.kept,
    row.trainLoss,
    row.trainError,
    row.validationLoss,
    row.validationError,
    row.testError,
  ]);
}
