/** The selected run at a glance, under the list of runs. */
import './jitless';
import type { RunView } from '../src/shared/view';
import { leftText, whatIsLeft } from '../src/shared/left';
import { h } from './dom';
import { runTitle, type Act } from './parts/header';
import { budgetText } from './parts/lassoText';
import { layerBars } from './parts/layerBars';
import { smallStageTable } from './parts/stageTable';
import { failedPage, loading, nothing, status, type Status } from './parts/states';
import { Transport } from './transport';
import { badge, button } from './ui';

const app = document.querySelector<HTMLElement>('#app')!;
let current: Status | null = null;
app.append(loading());

const transport = new Transport((message) => {
  app.setAttribute('aria-busy', 'false');
  switch (message.type) {
    case 'run':
      return showRun(message.view);
    case 'live':
      return current?.live(message.event);
    case 'nothing':
      current = null;
      return app.replaceChildren(nothing(message.reason));
    case 'failure':
      current = null;
      return app.replaceChildren(failedPage(message.failure));
    case 'compare':
      return;
  }
});

function showRun(view: RunView): void {
  const act: Act = (action) => transport.post({ type: 'action', action, folder: view.folder });
  const { report } = view;
  current = status(view, act);
  app.replaceChildren(
    ...[
      h('header', { class: 'bar' }, h('h1', {}, runTitle(view)), badge(view.state)),
      current?.element ?? null,
      report?.inputs ? h('p', {}, leftText(whatIsLeft(report))) : null,
      report?.lasso ? h('p', {}, `${report.method}: ${budgetText(report.lasso)}`) : null,
      report ? smallStageTable(report) : null,
      report?.layers.length ? layerBars(report) : null,
      h(
        'div',
        { class: 'bar', role: 'group', 'aria-label': 'Actions' },
        button('Show result', () => act('show'), { primary: true }),
        button('Compare…', () => act('compare')),
      ),
    ].filter((part) => part !== null),
  );
}
