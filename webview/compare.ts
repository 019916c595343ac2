/** Runs side by side: numbers, settings, inputs kept, error against kept fraction, means over seeds. */
import './jitless';
import type { CompareView } from '../src/shared/view';
import { mountPareto } from './charts/pareto';
import { h } from './dom';
import { commonUnit } from '../src/shared/left';
import { plural } from '../src/shared/text';
import { mountDifferences, mountStages, type Part } from './parts/compareTable';
import { mountInputMaps } from './parts/inputMaps';
import { mountLambdas } from './parts/lambdaTable';
import { failedPage, loading, nothing } from './parts/states';
import { Transport } from './transport';

const app = document.querySelector<HTMLElement>('#app')!;
const heading = h('h1');
const hint = h('p', { class: 'muted' });
const page = h('div', {}, h('header', { class: 'compare-head' }, heading, hint));

/** Made once; they keep what was chosen in them when the runs change. */
let parts: Part[] = [];

app.append(loading());

const transport = new Transport((message) => {
  app.setAttribute('aria-busy', 'false');
  switch (message.type) {
    case 'compare':
      return message.view.runs.length
        ? show(message.view)
        : app.replaceChildren(nothing('No runs to compare. Select two or more in the list of runs.'));
    case 'nothing':
      return app.replaceChildren(nothing(message.reason));
    case 'failure':
      return app.replaceChildren(failedPage(message.failure));
    case 'run':
    case 'live':
      return;
  }
});

const api = transport.chartApi();

function show(view: CompareView): void {
  const open = view.runs.filter(({ report }) => !report).length;
  heading.textContent = view.runs.length === 1 ? 'One run' : `Comparison of ${plural(view.runs.length, 'run')}`;
  document.title = heading.textContent;
  hint.textContent =
    (view.runs.length === 1 ? 'Select another run in the list of runs to compare it with. ' : '') +
    (open ? `${plural(open, 'run')} without a result ${open === 1 ? 'is' : 'are'} not in the chart and the means.` : '');
  hint.hidden = !hint.textContent;
  if (page.parentElement !== app) app.replaceChildren(page);
  if (parts.length) for (const part of parts) part.update(view);
  else parts = mount(view);
}

function mount(view: CompareView): Part[] {
  const stages = section('stages', 'Results');
  const differences = section('differences', 'Settings');
  const inputs = section('inputs', 'Inputs kept, run by run');
  const open = (folder: string) => transport.post({ type: 'action', action: 'show', folder });
  return [
    mountStages(stages, view, api, open),
    mountDifferences(differences, view, api),
    mountInputMaps(inputs, view, api, open),
    errorAgainstKept(view),
    mountLambdas(section('means', 'Means over seeds'), view, api),
  ];
}

function errorAgainstKept(view: CompareView): Part {
  const container = section('pareto', '');
  const pareto = mountPareto(container, view.points, api);
  const name = ({ points }: CompareView) => {
    container.previousElementSibling!.textContent = `Error against ${commonUnit(points) === 'inputs' ? 'inputs kept' : 'kept fraction'}`;
  };
  name(view);
  return {
    update(next) {
      name(next);
      pareto.update(next.points);
    },
  };
}

function section(id: string, title: string): HTMLElement {
  const container = h('div', { class: 'chart-body' });
  page.append(h('section', { 'aria-labelledby': id }, h('h2', { id }, title), container));
  return container;
}
