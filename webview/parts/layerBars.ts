/** The layers as bars, in little room. */
import { percent, type Report } from '../../src/shared/report';
import { h, setVariable } from '../dom';
import { plural } from '../../src/shared/text';

const MOST = 12;

export function layerBars({ layers }: Report): HTMLElement {
  const rows = layers.slice(0, MOST).map(({ name, keptFraction }) => {
    const meter = h('span', { class: 'meter', role: 'presentation' });
    setVariable(meter, '--part', keptFraction);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', { class: 'wide' }, meter),
      h('td', { class: 'number' }, percent(keptFraction)),
    );
  });
  const more = layers.length - rows.length;
  return h(
    'div',
    {},
    h('table', { class: 'layer-bars' }, h('caption', {}, 'Kept part of each layer'), h('tbody', {}, ...rows)),
    more > 0 ? h('p', { class: 'muted' }, `and ${plural(more, 'more layer')}`) : null,
  );
}
