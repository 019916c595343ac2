/** How a run's events are shown while it goes on: bars, plain lines, or JSON lines. */
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Outcome } from '../client/connection';
import { formatFailure } from '../shared/errors';
import { forTerminal } from '../shared/harmless';
import type { Event, EventOf } from '../shared/protocol';
import { percent } from '../shared/report';
import { integer } from '../shared/text';
import { duration, figures, WIDTH, type Colours } from './text';

/** Of one run in a progress: its folder, and its label where there are several. */
export interface Shown {
  folder: string;
  label: string | null;
}

export interface Progress {
  event(run: number, event: Event): void;
  outcome(run: number, outcome: Outcome): void;
  /** A line for the person, between the others. */
  note(text: string): void;
  /** Leaves the terminal as it was. Safe to call twice. */
  stop(): void;
}

export type Write = (text: string) => void;

/** One JSON object a line: each event with its run's folder. An outcome that no event told (a child that died) gets an event too. */
export function jsonProgress(runs: readonly Shown[], write: Write): Progress {
  const ended = new Set<number>();
  const line = (run: number, event: object) => write(`${JSON.stringify({ run: runs[run]!.folder, ...event })}\n`);
  return {
    event(run, event) {
      if (event.type === 'done' || event.type === 'failed' || event.type === 'cancelled') ended.add(run);
      line(run, event);
    },
    outcome(run, outcome) {
      if (ended.has(run)) return;
      const { state, ...rest } = outcome;
      line(run, { type: state, ...rest });
    },
    note() {},
    stop() {},
  };
}

/** Epochs of runs up to this long each get a line; of longer ones, one in EVERY_MS. */
const SHORT_RUN = 30;
const EVERY_MS = 5000;
const BAR_SIZE = 20;

/** A line an epoch at most, for logs. */
export function lineProgress(runs: readonly Shown[], write: Write, c: Colours, now: () => number = Date.now): Progress {
  const lastLine = runs.map(() => -Infinity);
  const left = runs.map((): number | null => null);
  const line = (run: number, text: string) => write(`${prefix(runs[run]!, c)}${text}\n`);
  return {
    event(run, event) {
      if (event.type === 'batch') left[run] = event.secondsLeft;
      else if (event.type === 'epoch') {
        const { row, epochs } = event;
        const due = epochs <= SHORT_RUN || row.epoch === 1 || row.epoch === epochs || now() - lastLine[run]! >= EVERY_MS;
        if (!due) return;
        lastLine[run] = now();
        line(run, epochLine(event, left[run]!));
      } else {
        const text = eventLine(event, c);
        if (text) line(run, text);
      }
    },
    outcome: (run, outcome) => runs.length > 1 && line(run, outcomeLine(outcome, c)),
    note: (text) => write(`${text}\n`),
    stop() {},
  };
}

/** A bar for each run at work, with the time left; what else there is to say scrolls above. */
export function barProgress(runs: readonly Shown[], stream: NodeJS.WriteStream, c: Colours): Progress {
  const labelWidth = Math.min(24, Math.max(0, ...runs.map((run) => run.label?.length ?? 0)));
  const multi = new MultiBar({
    stream,
    format: (options, params, payload: { text: string }) => {
      if (!payload.text) return '';
      const size = options.barsize!;
      const full = Math.round(Math.min(1, params.progress) * size);
      return `${'█'.repeat(full)}${'░'.repeat(size - full)} ${payload.text}`.slice(0, Math.min(WIDTH, params.maxWidth - 1));
    },
    barsize: BAR_SIZE,
    hideCursor: true,
    clearOnComplete: true,
    // Lines that are logged overwrite bars; the library redraws one only when its text changed, unless told so.
    forceRedraw: true,
    // Ctrl-C is the run's to answer, and the answer is shown above the bars.
    gracefulExit: false,
    emptyOnZero: true,
  });
  // A bar whose run has ended is taken over by the next run: as many bars as runs at a time.
  const slots: { bar: SingleBar; run: number | null }[] = [];
  let stopped = false;
  const show = (run: number, value: number, total: number, text: string) => {
    const label = runs[run]!.label;
    const payload = { text: forTerminal(`${label ? `${label.slice(0, labelWidth).padEnd(labelWidth)} ` : ''}${text}`) };
    let slot = slots.find((s) => s.run === run) ?? slots.find((s) => s.run === null);
    if (!slot) slots.push((slot = { bar: multi.create(total, value, payload), run }));
    slot.run = run;
    slot.bar.setTotal(total);
    slot.bar.update(value, payload);
  };
  const log = (text: string) => {
    const line = `${forTerminal(text)}\n`;
    if (stopped || !multi.isActive) stream.write(line);
    else {
      multi.log(line);
      multi.update();
    }
  };
  return {
    event(run, event) {
      if (stopped) return;
      if (event.type === 'batch') {
        const at = (event.epoch - 1) * event.batches + event.batch;
        const left = event.secondsLeft === null ? '' : `  ${duration(event.secondsLeft)} left`;
        show(run, at, event.epochs * event.batches, `${event.phase} ${event.epoch}/${event.epochs}  loss ${figures(event.loss)}${left}`);
      } else if (event.type === 'stage') {
        if (runs.length === 1) log(stageLine(event, c));
        show(run, 0, 1, event.name);
      } else if (event.type === 'warning') log(prefix(runs[run]!, c) + eventLine(event, c));
    },
    outcome(run, outcome) {
      const slot = slots.find((s) => s.run === run);
      if (slot) {
        slot.run = null;
        slot.bar.update(0, { text: '' });
      }
      if (runs.length > 1) log(prefix(runs[run]!, c) + outcomeLine(outcome, c));
    },
    note: log,
    stop() {
      if (stopped) return;
      stopped = true;
      if (multi.isActive) multi.stop();
    },
  };
}

function prefix(run: Shown, c: Colours): string {
  return run.label ? c.cyan(`[${run.label}] `) : '';
}

function stageLine(event: EventOf<'stage'>, c: Colours): string {
  return `${c.bold(event.name)}${event.detail ? `  ${event.detail}` : ''}`;
}

function epochLine({ row, epochs }: EventOf<'epoch'>, secondsLeft: number | null): string {
  const parts = [
    `${row.phase} ${String(row.epoch).padStart(String(epochs).length)}/${epochs}`,
    `loss ${figures(row.trainLoss)}`,
    `error ${percent(row.trainError)}`,
    ...(row.validationError === null ? [] : [`validation ${percent(row.validationError)}`]),
    `kept ${integer(row.kept)} (${percent(row.keep)})`,
    ...(secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
  ];
  return parts.join('  ');
}

/** Lines of events that are neither batches nor epochs; none for what the end of the run tells anyway. */
function eventLine(event: Event, c: Colours): string | null {
  if (event.type === 'stage') return stageLine(event, c);
  if (event.type === 'warning') return `${c.yellow(`warning ${event.code}:`)} ${event.message}`;
  return null;
}

function outcomeLine(outcome: Outcome, c: Colours): string {
  switch (outcome.state) {
    case 'done':
      return c.green('done');
    case 'cancelled':
      return c.yellow('cancelled');
    case 'failed':
      return c.red(formatFailure(outcome.failure));
  }
}
