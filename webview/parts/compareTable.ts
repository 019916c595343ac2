/** The runs side by side: their stages' numbers, and the settings in which they differ. */
import type { CompareView, RunView } from '../../src/shared/view';
import type { ChartApi } from '../charts/contract';
import { lines } from '../charts/cells';
import { gridTable } from '../charts/dataTable';
import { exportButtons } from '../charts/export';
import { h, scrollable } from '../dom';
import { tsv } from '../format';
import { button, dropdown } from '../ui';
import { differenceGrid, LAST, stageCsv, stageGrid, stageNames, type NamedGrid } from './compareCells';

export interface Part {
  update(view: CompareView): void;
}

/** Buttons of a table: to the clipboard as it is shown, to a file as plain numbers. */
export function tableButtons(what: string, name: string, { shown, file }: NamedGrid, api: ChartApi): HTMLElement[] {
  const copy = button('Copy', () => api.copy(tsv(lines(shown()))), { title: `Copy ${what}`, name: `Copy ${what}` });
  return [copy, ...exportButtons({ what, name: () => name, grid: file }, api)];
}

/** `show` opens a run's result. */
export function mountStages(container: HTMLElement, first: CompareView, api: ChartApi, show: (folder: string) => void): Part {
  let runs: readonly RunView[] = first.runs;
  let stage: string = LAST;
  const body = h('div');
  const tools = h('div', { class: 'bar' });
  container.append(tools, body);

  function table(): void {
    const grid = stageGrid(runs, stage);
    const open = (i: number) => {
      const { run, folder } = runs[i]!;
      const made = h('button', { class: 'plain link', type: 'button', title: 'Show the result of this run' }, run.label);
      made.addEventListener('click', () => show(folder));
      return made;
    };
    body.replaceChildren(scrollable('Table of runs', gridTable(grid, 'Numbers of one stage, a row for each run', open)));
  }

  function all(): void {
    const names = stageNames(runs);
    if (!names.some((name) => name === stage)) stage = LAST;
    const options = [{ value: LAST, text: 'Last stage' }, ...names.map((name) => ({ value: name, text: name }))];
    const picker = dropdown('Stage', options, stage, (value) => {
      stage = value;
      table();
    });
    const buttons = tableButtons('stages', 'stages', { shown: () => stageGrid(runs, stage), file: () => stageCsv(runs) }, api);
    tools.replaceChildren(picker, ...buttons);
    table();
  }
  all();
  return {
    update(next) {
      runs = next.runs;
      all();
    },
  };
}

export function mountDifferences(container: HTMLElement, first: CompareView, api: ChartApi): Part {
  let view = first;
  const grid = () => differenceGrid(view);
  const buttons = tableButtons('differences', 'differences', { shown: grid, file: grid }, api);
  const body = h('div');
  const tools = h('div', { class: 'bar' }, ...buttons);
  container.append(tools, body);

  function show(): void {
    container.hidden = view.runs.length < 2;
    tools.hidden = !view.differences.length;
    body.replaceChildren(
      view.differences.length
        ? scrollable('Table of settings that differ', gridTable(grid(), 'Settings in which the runs differ; all others are the same'))
        : h('p', { class: 'muted' }, 'The settings of these runs are the same.'),
    );
  }
  show();
  return {
    update(next) {
      view = next;
      show();
    },
  };
}
