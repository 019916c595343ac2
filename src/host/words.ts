/** How runs are put into words: in the tree, the status bar and tasks. Knows nothing of the editor. */
import { canResume, percent, type Run, type RunState } from '../shared/report';
import type { Live, RunEntry } from './contract';

/** `34` is `0:34`, `3725` is `1:02:05`. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  return minutes < 60 ? `${minutes}:${two(s % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

const EPOCH = { twin: 'twin epoch', train: 'epoch', 'fine-tune': 'fine-tuning epoch' } as const;

/** `epoch 12/40`, or the name of the stage where it has no epochs. */
export function progressText(live: Live | undefined, run?: Run): string {
  const { batch, epoch } = live ?? {};
  // Not every batch is told: where epochs are short, the last one that ended is news.
  if (epoch && (!batch || epoch.row.epoch > batch.epoch)) return `${EPOCH[epoch.row.phase]} ${epoch.row.epoch}/${epoch.epochs}`;
  if (batch) return `${EPOCH[batch.phase]} ${batch.epoch}/${batch.epochs}`;
  if (live?.stage) return live.stage.name;
  return run?.progress ? `${EPOCH[run.progress.phase]} ${run.progress.epoch}/${run.progress.epochs}` : 'starting';
}

/** `1.51% · 4.3% kept` of a finished run, `7.95% · 30.0% of channels` of one that cut channels (or `of inputs`). */
export function summaryText(summary: NonNullable<Run['summary']>): string {
  const of = summary.unit === 'weights' ? 'kept' : `of ${summary.unit}`;
  return `${percent(summary.error)} · ${percent(summary.kept / summary.total, 1)} ${of}`;
}

/** What stands beside a run's label. */
export function describeRun({ run, state }: RunEntry, live: Live | undefined): string {
  if (state === 'running') return progressText(live, run);
  return state === 'done' && run.summary ? summaryText(run.summary) : state;
}

/** `running`, or with the time left: `epoch 12/40 · 0:34 left`. */
export function statusText(live: Live | undefined): string {
  const left = live?.batch?.secondsLeft;
  return left === null || left === undefined ? progressText(live) : `${progressText(live)} · ${clock(left)} left`;
}

/** What menus of the tree ask for: `run:done`, `run:cancelled:resumable`. */
export function contextValue(entry: RunEntry): string {
  return `run:${entry.state}${canResume(entry) ? ':resumable' : ''}`;
}

export const ICONS: Record<RunState, { icon: string; colour?: string }> = {
  queued: { icon: 'clock' },
  running: { icon: 'sync~spin' },
  done: { icon: 'pass', colour: 'testing.iconPassed' },
  failed: { icon: 'error', colour: 'testing.iconFailed' },
  cancelled: { icon: 'circle-slash' },
  interrupted: { icon: 'debug-disconnect', colour: 'problemsWarningIcon.foreground' },
};
