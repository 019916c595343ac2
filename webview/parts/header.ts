/** What run this is, and what can be done with it. */
import { askedText, leftText, whatIsLeft } from '../../src/shared/left';
import { isActive, percent } from '../../src/shared/report';
import type { FromWebview, RunView } from '../../src/shared/view';
import { h } from '../dom';
import { integer } from '../../src/shared/text';
import { dateTime, duration, figures } from '../format';
import { badge, button } from '../ui';

type Action = Extract<FromWebview, { type: 'action' }>['action'];
export type Act = (action: Action) => void;

export function runTitle({ experiment, run }: RunView): string {
  return experiment === run.label ? experiment : `${experiment} · ${run.label}`;
}

export function header(view: RunView, act: Act): HTMLElement {
  return h(
    'header',
    {},
    h('div', { class: 'title' }, h('h1', {}, runTitle(view)), badge(view.state)),
    headline(view),
    h('dl', { class: 'facts' }, ...facts(view).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
    h('div', { class: 'bar', role: 'group', 'aria-label': 'Actions' }, ...actions(view, act)),
  );
}

/** What people look for first. */
function headline({ report }: RunView): HTMLElement | null {
  const last = report?.stages.at(-1);
  if (!report || !last) return null;
  const { weights, total } = report.kept;
  const left = whatIsLeft(report);
  const fewer = report.method === 'none' || weights === 0 ? '' : `, ${figures(total / weights)}× fewer weights`;
  return h('p', { class: 'headline' }, h('strong', {}, `${percent(last.error)} test error${fewer}`), ` · ${leftText(left)}`);
}

function facts(view: RunView): [name: string, value: string][] {
  const { run, report } = view;
  const started: [string, string] = ['Started', dateTime(report?.times.started ?? run.created)];
  if (!report) return [...planned(view), ['Seed', String(run.seed)], started];
  const { dataset, model, versions } = report;
  const method = report.method === 'none' ? 'no pruning' : report.criterion ? `${report.method} (${report.criterion})` : report.method;
  return [
    ['Data', `${dataset.name}, ${dataset.source}: ${integer(dataset.train)} training, ${integer(dataset.test)} test samples`],
    ['Network', `${model.name} ${model.description}`],
    ['Method', method],
    ...(report.lambda === null ? [] : [['Lambda', String(report.lambda)] satisfies [string, string]]),
    ...(report.method === 'none' ? [] : [['Keep', askedText(report)] satisfies [string, string]]),
    ['Seed', String(report.seed)],
    started,
    ['Took', duration(report.times.total)],
    [
      'Kernels',
      `TensorFlow ${versions.tensorflow}, ${versions.threads} threads${versions.oneDNN ? ', oneDNN' : ''}${versions.device === 'gpu' ? ', graphics card' : ''}`,
    ],
  ];
}

/** Of a run without a report: what its experiment says. */
function planned({ config }: RunView): [string, string][] {
  const at = (...path: string[]) =>
    path.reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : null),
      config,
    );
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  const [lambda, keep] = [number(at('prune', 'criterion', 'lambda')), number(at('prune', 'keep'))];
  const rows: [string, string | null][] = [
    ['Data', text(at('data', 'name'))],
    ['Network', text(at('model', 'name'))],
    ['Method', text(at('prune', 'method'))],
    ['Lambda', lambda === null ? null : String(lambda)],
    ['Keep', keep === null ? null : percent(keep)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}

function actions(view: RunView, act: Act): HTMLElement[] {
  const { run, report } = view;
  const active = isActive(view);
  return [
    ...(active ? [button('Cancel run', () => act('cancel'), { primary: true })] : []),
    ...(report ? [button('Compare with…', () => act('compare')), button('Copy as Markdown', () => act('markdown'))] : []),
    ...(run.experimentFile === null ? [] : [button('Open experiment', () => act('experiment'))]),
    button('Reveal folder', () => act('folder')),
    button('Open log', () => act('log')),
  ];
}
