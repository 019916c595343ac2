/** Which features the network still reads, where samples are rows of features: nothing to picture, so they are listed. */
import { inputNotes } from '../../src/shared/inputs';
import type { RunView } from '../../src/shared/view';
import { h } from '../dom';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import { exportButtons } from './export';
import { featureGrid, featureRanges, keptText } from './inputGrid';
import { layout } from './layout';

/** Under this name the run keeps the mask of its inputs beside those of its layers. */
const MASK = 'inputs';

export function mountInputFeatures(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let mask = new Uint8Array();
  let asked = 0;

  const list = h('p');
  const notes = h('ul', { class: 'notes' });
  const grid = () => featureGrid(mask);
  const table = dataTable('Features kept', grid, api);
  const saves = exportButtons({ what: 'features kept', name: () => `${name}-inputs`, grid }, api);
  const { element, caption } = layout(container, saves, [list, notes], table.element);

  async function load(next: RunView): Promise<void> {
    name = next.run.id;
    const ticket = ++asked;
    const inputs = next.report?.inputs;
    container.hidden = !inputs || inputs.map !== null;
    if (!inputs || container.hidden) return;
    caption.textContent = `${keptText(inputs)} are kept; nothing reads the others. Features are counted from 1.`;
    const sentences = inputNotes(inputs);
    notes.hidden = !sentences.length;
    notes.replaceChildren(...sentences.map((text) => h('li', {}, text)));
    const found = await api.mask(MASK).catch(() => null);
    if (ticket !== asked) return;
    mask = new Uint8Array(found?.bytes ?? []);
    for (const part of [table.element, ...saves]) part.hidden = !found;
    list.textContent = found ? `Features ${featureRanges(mask)}` : `The file ${inputs.mask.file} of this run cannot be read.`;
    table.refresh();
  }
  void load(view);

  return {
    update: (next) => void load(next),
    dispose() {
      asked++;
      element.remove();
    },
  };
}
