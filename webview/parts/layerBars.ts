/** What is left of each layer as bars, in little room: channels where the run cuts channels, stage by stage where they are many. */
import { channelGroups } from '../../src/shared/left';
import { percent, type Report } from '../../src/shared/report';
import { h, meter } from '../dom';
import { plural } from '../../src/shared/text';

const MOST = 12;

interface Bar {
  name: string;
  fraction: number;
}

export function layerBars({ layers, channels }: Report): HTMLElement {
  if (!channels)
    return bars(
      'Kept part of each layer',
      layers.map(({ name, keptFraction }) => ({ name, fraction: keptFraction })),
    );
  if (channels.layers.length <= MOST)
    return bars(
      'Kept channels of each layer',
      channels.layers.map(({ layer, keptFraction }) => ({ name: layer, fraction: keptFraction })),
    );
  return bars('Kept channels of each stage', channelGroups(channels.layers));
}

function bars(caption: string, all: readonly Bar[]): HTMLElement {
  const rows = all.slice(0, MOST).map(({ name, fraction }) => {
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', { class: 'wide' }, meter(fraction)),
      h('td', { class: 'number' }, percent(fraction)),
    );
  });
  const more = all.length - rows.length;
  return h(
    'div',
    {},
    h('table', { class: 'layer-bars' }, h('caption', {}, caption), h('tbody', {}, ...rows)),
    more > 0 ? h('p', { class: 'muted' }, `and ${plural(more, 'more layer')}`) : null,
  );
}
