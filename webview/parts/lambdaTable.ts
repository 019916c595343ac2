/** Error and kept fraction over the seeds of each setting, as in the paper's table of lambdas. */
import type { CompareView } from '../../src/shared/view';
import type { ChartApi } from '../charts/contract';
import { gridTable } from '../charts/dataTable';
import { h, scrollable } from '../dom';
import { lambdaCsv, lambdaGrid } from './compareCells';
import { tableButtons, type Part } from './compareTable';

const CAPTION = 'Mean ± sample deviation of the last stage over n finished runs, by settings other than the seed';

export function mountLambdas(container: HTMLElement, first: CompareView, api: ChartApi): Part {
  let { groups, runs } = first;
  const grids = { shown: () => lambdaGrid(groups), file: () => lambdaCsv(groups) };
  const body = h('div');
  container.append(h('div', { class: 'bar' }, ...tableButtons('means', 'means', grids, api)), body);

  function show(): void {
    container.hidden = !groups.length || runs.length < 2;
    body.replaceChildren(scrollable('Table of means over seeds', gridTable(grids.shown(), CAPTION)));
  }
  show();
  return {
    update(next) {
      ({ groups, runs } = next);
      show();
    },
  };
}
