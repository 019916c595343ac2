/** How the page looks before, during and instead of a result. */
import type { Event, EventOf } from '../../src/shared/protocol';
import { canResume, isActive } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import type { Failure } from '../../src/shared/errors';
import { h } from '../dom';
import { duration, figures } from '../format';
import { button, progressRing } from '../ui';
import type { Act } from './header';

/** Until the first message comes. */
export function loading(): HTMLElement {
  return h(
    'div',
    { class: 'skeleton' },
    h('h1', { class: 'visually-hidden' }, 'Reading…'),
    h('div', { class: 'title' }),
    h('div'),
    h('div', { class: 'block' }),
    h('div', { class: 'block' }),
  );
}

export function nothing(reason: string): HTMLElement {
  return h('div', { class: 'empty', role: 'status' }, h('h1', {}, 'Nothing to show'), h('p', {}, reason));
}

/** Where there is nothing but the failure. */
export function failedPage(failure: Failure): HTMLElement {
  return h('div', {}, h('h1', { class: 'visually-hidden' }, 'This cannot be shown'), failed(failure));
}

/** `buttons`: what can be done about it. */
export function failed(failure: Failure, buttons: readonly HTMLElement[] = []): HTMLElement {
  return h(
    'div',
    { class: 'state failed', role: 'alert' },
    h('p', { class: 'message' }, h('strong', {}, failure.message)),
    failure.where ? h('p', { class: 'message' }, 'Where: ', h('code', {}, failure.where)) : null,
    failure.remedy ? h('p', { class: 'message' }, failure.remedy) : null,
    h('p', {}, 'Code: ', h('code', {}, failure.code)),
    buttons.length ? h('div', { class: 'bar' }, ...buttons) : null,
  );
}

export interface Status {
  element: HTMLElement;
  live(event: Event): void;
}

/** What to say of the run's state above its result; null where the result says it all. */
export function status(view: RunView, act: Act): Status | null {
  const { state, failure } = view;
  if (isActive(view)) return progress(view);
  const log = button('Open log', () => act('log'));
  const resume = canResume(view) ? [button('Resume run', () => act('resume'), { primary: true })] : [];
  if (failure) return still(failed(failure, [...resume, log]));
  if (state === 'failed') return still(failed({ code: 'run/failed', message: 'The run failed, and its record does not say why.' }, [log]));
  if (state === 'done') return null;
  const how = state === 'cancelled' ? 'The run was cancelled' : 'The process of this run ended before the run did';
  return still(
    h(
      'div',
      { class: 'state stopped', role: 'status' },
      h('p', {}, `${how}${whereItStood(view)}.`, ` ${hope(view)}`),
      h('div', { class: 'bar' }, ...resume),
    ),
  );
}

function still(element: HTMLElement): Status {
  return { element, live: () => {} };
}

const PHASES = { twin: 'Training the dense twin', train: 'Training and pruning', 'fine-tune': 'Fine-tuning' } as const;

function whereItStood({ run: { progress: at } }: RunView): string {
  return at ? ` after epoch ${at.epoch} of ${at.epochs} (${PHASES[at.phase].toLowerCase()})` : '';
}

function hope({ run, history }: RunView): string {
  if (run.resumable) return 'It goes on from its last checkpoint when it is resumed, and ends as if it had not stopped.';
  return history.length ? 'It left no checkpoint: resuming starts it again.' : 'Resuming starts it from the beginning.';
}

/** Queued and running: what it is doing, how far it is and how long it will take. */
function progress({ state, run }: RunView): Status {
  const name = h('strong', {}, state === 'queued' ? 'Waiting for its turn' : 'Starting');
  const detail = h('span', { class: 'muted' });
  // The words of `name` come a few times a run; what changes ten times a second is not read out.
  const words = h('div', { class: 'bar', role: 'status' }, progressRing('The run goes on'), name);
  const bar = h('progress', { max: 1, 'aria-label': 'Epochs of this phase' });
  const warnings = h('ul', { class: 'notes', hidden: true });
  const set = (text: string) => {
    if (name.textContent !== text) name.textContent = text;
  };
  const at = (done: number, text: string) => {
    bar.value = done;
    detail.textContent = text;
  };
  if (run.progress && state === 'running') {
    set(PHASES[run.progress.phase]);
    at(run.progress.epoch / run.progress.epochs, `epoch ${run.progress.epoch} of ${run.progress.epochs}`);
  }
  return {
    element: h('div', { class: 'state running' }, words, bar, detail, warnings),
    live(event) {
      if (event.type === 'stage') {
        set(STAGES[event.name]);
        if (!bar.hasAttribute('value') || bar.value === 1) bar.removeAttribute('value');
        detail.textContent = event.detail;
      } else if (event.type === 'batch') {
        set(PHASES[event.phase]);
        at((event.epoch - 1 + event.batch / event.batches) / event.epochs, batchText(event));
      } else if (event.type === 'epoch') {
        set(PHASES[event.row.phase]);
        at(event.row.epoch / event.epochs, `epoch ${event.row.epoch} of ${event.epochs} · loss ${figures(event.row.trainLoss)}`);
      } else if (event.type === 'warning') {
        warnings.hidden = false;
        warnings.append(h('li', {}, event.message));
      }
    },
  };
}

const STAGES: Record<EventOf<'stage'>['name'], string> = {
  load: 'Reading the data set',
  twin: PHASES.twin,
  train: PHASES.train,
  prune: 'Pruning',
  compact: 'Making the network compact',
  'fine-tune': PHASES['fine-tune'],
  measure: 'Measuring',
  report: 'Writing the report',
};

function batchText({ epoch, epochs, loss, secondsLeft }: EventOf<'batch'>): string {
  const left = secondsLeft === null ? '' : ` · about ${duration(secondsLeft)} left`;
  return `epoch ${epoch} of ${epochs} · loss ${figures(loss)}${left}`;
}
