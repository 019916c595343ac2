/** What structured lasso was told of the classes: their tree or graph, where the method has one, and the correlations behind it. */
import type { Lasso } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { h } from '../dom';
import { dropdown } from '../ui';
import { classCorrelations } from './classCorrelations';
import { classGraph } from './classGraph';
import type { ClassPicture, MakePicture } from './classPicture';
import { classTree } from './classTree';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import { exportButtons } from './export';
import { layout, oncePerFrame, scrollTo, statusLine, watched } from './layout';

/** In the order in which they are offered. */
const PICTURES = [
  { id: 'tree', text: 'Class tree', make: classTree, hint: 'Point at a merge, or move with the arrow keys.' },
  { id: 'graph', text: 'Class graph', make: classGraph, hint: 'Point at an edge or a class, or move with the arrow keys.' },
  { id: 'correlations', text: 'Correlations', make: classCorrelations, hint: 'Point at a pair, or move with the arrow keys.' },
] as const satisfies readonly { id: string; text: string; make: MakePicture; hint: string }[];

type Shown = (typeof PICTURES)[number] & { picture: ClassPicture };

const NONE: Lasso = {
  classes: [],
  correlation: [],
  edges: [],
  tree: [],
  calibration: { samples: 0, perClass: [] },
  rho: 0,
  budget: { of: 'channels', target: 0, reached: 0, steps: 0 },
  layers: [],
  seconds: { calibration: 0, search: 0 },
};

export function mountClasses(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let { name, lasso } = read(view);

  const pictures = PICTURES.map((each): Shown => ({ ...each, picture: each.make(() => lasso, point) }));
  let shown: Shown = pictures[0]!;
  const status = statusLine();
  const box = h('div', { class: 'canvas-box tall' }, ...pictures.map(({ picture }) => picture.canvas));
  let picker = picked();
  const table = dataTable('Classes: what the picture shows', () => shown.picture.grid(lasso), api);
  const saves = exportButtons(
    { what: 'classes', name: () => `${name}-${shown.id}`, canvas: plain, grid: () => shown.picture.grid(lasso) },
    api,
  );
  const { element, caption } = layout(container, [picker, ...saves], [box, status], table.element);
  const drawing = oncePerFrame(() => {
    if (!container.hidden) shown.picture.draw(element.clientWidth, false);
  });

  function point(said: string | null, at?: { x: number; y: number }): void {
    status.textContent = said ?? shown.hint;
    if (at) scrollTo(box, at);
    drawing.ask();
  }

  /** The picture without what is pointed at. */
  function plain(): HTMLCanvasElement {
    shown.picture.draw(element.clientWidth, true);
    drawing.ask();
    return shown.picture.canvas;
  }

  function picked(): HTMLSelectElement {
    const options = pictures.filter(({ picture }) => picture.has(lasso)).map(({ id, text }) => ({ value: id, text }));
    return dropdown('What is shown of the classes', options, shown.id, (value) => show(pictures.find(({ id }) => id === value)!));
  }

  function show(next: Shown): void {
    shown = next;
    for (const { picture, id } of pictures) picture.canvas.hidden = id !== shown.id;
    box.scrollTo(0, 0);
    caption.textContent = shown.picture.caption(lasso);
    shown.picture.reset();
    point(null);
    table.refresh();
  }

  function refresh(): void {
    const there = pictures.filter(({ picture }) => picture.has(lasso));
    container.hidden = !there.length;
    if (container.hidden) return;
    if (!there.includes(shown)) shown = there[0]!;
    const fresh = picked();
    picker.replaceWith(fresh);
    picker = fresh;
    show(shown);
  }

  const watch = watched(element, api, drawing.ask);
  refresh();

  return {
    update(next) {
      ({ name, lasso } = read(next));
      refresh();
    },
    dispose() {
      watch.dispose();
      drawing.dispose();
      element.remove();
    },
  };
}

const read = ({ run, report }: RunView) => ({ name: run.id, lasso: report?.lasso ?? NONE });
