/** Keys on a chart of bars: from bar to bar, each spoken as it is reached. */
import { stepBar } from './bars';
import type { Figure } from './figure';
import { statusLine } from './layout';

export interface Walk {
  /** What is said of the bar; under the chart. */
  status: HTMLElement;
  /** The bars have changed. */
  reset(): void;
}

export function walk({ canvas, point }: Figure, label: string, count: () => number, describe: (bar: number) => string): Walk {
  const status = statusLine();
  let at: number | null = null;
  const reset = () => {
    at = null;
    status.textContent = 'Point at a bar, or move with the arrow keys.';
  };
  reset();
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  canvas.setAttribute('aria-label', `${label}. Arrow keys move from bar to bar; the numbers are in the table.`);
  canvas.addEventListener('keydown', (event) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? null : stepBar(event.key, at, count());
    if (next === null) return;
    event.preventDefault();
    at = next;
    point(at);
    status.textContent = describe(at);
  });
  canvas.addEventListener('blur', () => {
    if (at !== null) point(null);
    reset();
  });
  return { status, reset };
}
