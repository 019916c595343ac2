/** The result of one run: header, state, tables and charts; live while it runs. */
import './jitless';
import type { Event } from '../src/shared/protocol';
import { isActive } from '../src/shared/report';
import type { RunView } from '../src/shared/view';
import { CHARTS } from './charts/index';
import type { Chart } from './charts/contract';
import { h } from './dom';
import { header, type Act } from './parts/header';
import { channelTable, layerTable } from './parts/layerTable';
import { stageTable } from './parts/stageTable';
import { failedPage, loading, nothing, status, type Status } from './parts/states';
import { Transport } from './transport';

const app = document.querySelector<HTMLElement>('#app')!;
/** Header and state are made anew with each state; tables only with a new report; charts are kept, for they hold zoom and choices. */
const top = h('div');
const tables = h('div');
const charts = h('div');

let current: Status | null = null;
let mounted: Chart[] = [];
let tablesOf = '';

app.append(loading());

const transport = new Transport((message) => {
  app.setAttribute('aria-busy', 'false');
  switch (message.type) {
    case 'run':
      return showRun(message.view);
    case 'live':
      return showLive(message.event);
    case 'nothing':
      return showInstead(nothing(message.reason));
    case 'failure':
      return showInstead(failedPage(message.failure));
    case 'compare':
      return;
  }
});

const api = transport.chartApi();

function showRun(next: RunView): void {
  const act: Act = (action) => transport.post({ type: 'action', action, folder: next.folder });
  document.title = next.run.label;
  current = status(next, act);
  keepingFocus(() => top.replaceChildren(header(next, act), ...(current ? [current.element] : []), ...partial(next)));
  const reportKey = next.report ? `${next.report.configHash} ${next.report.times.finished}` : '';
  if (reportKey !== tablesOf) {
    tablesOf = reportKey;
    tables.replaceChildren(...(next.report ? [stageTable(next.report), ...layers(next)] : []));
  }
  if (top.parentElement !== app) app.replaceChildren(top, tables, charts);
  if (mounted.length) for (const chart of mounted) chart.update(next);
  else mounted = CHARTS.map(({ id, title, mount }) => mountSection(id, title, (container) => mount(container, next, api)));
}

function layers({ report }: RunView): HTMLElement[] {
  return [
    ...(report?.channels ? [channelTable(report, report.channels, api)] : []),
    ...(report?.layers.length ? [layerTable(report, api)] : []),
  ];
}

/** What is there of a run that has no report. */
function partial(view: RunView): HTMLElement[] {
  if (view.report || !view.history.length || isActive(view)) return [];
  return [h('p', { class: 'muted partial' }, 'There is no report. What follows is what the run measured until it stopped.')];
}

function mountSection(id: string, title: string, mount: (container: HTMLElement) => Chart): Chart {
  const container = h('div', { class: 'chart-body' });
  charts.append(
    h('section', { class: 'chart-section', 'aria-labelledby': `chart-${id}` }, h('h2', { id: `chart-${id}` }, title), container),
  );
  return mount(container);
}

function showLive(event: Event): void {
  current?.live(event);
  for (const chart of mounted) chart.live?.(event);
}

function showInstead(element: HTMLElement): void {
  for (const chart of mounted) chart.dispose();
  mounted = [];
  charts.replaceChildren();
  tablesOf = '';
  current = null;
  app.replaceChildren(element);
}

/** A button that was pressed may be made anew with what it changed; who pressed it by keyboard stays there. */
function keepingFocus(change: () => void): void {
  const text = top.contains(document.activeElement) ? document.activeElement?.textContent : undefined;
  change();
  if (text === undefined) return;
  const buttons = [...top.querySelectorAll<HTMLElement>('vscode-button')];
  (buttons.find((each) => each.textContent === text) ?? buttons[0])?.focus();
}
