/** The layers of a network and what is left of each: its weights, and in a run that cuts channels, its channels. */
import { shapeText } from '../../src/shared/left';
import { percent, type ChannelRow, type Channels, type LayerRow, type Report } from '../../src/shared/report';
import type { ChartApi } from '../charts/contract';
import { integer } from '../../src/shared/text';
import { number, sortTable, words, type Column } from './sortTable';

const WEIGHTS: readonly Column<LayerRow>[] = [
  words('Layer', 'layer', (row) => row.name),
  words('Type', 'type', (row) => row.type),
  words('Shape', 'shape', (row) => shapeText(row.shape)),
  words('Compact shape', 'compact_shape', (row) => shapeText(row.compactShape)),
  number('Weights', 'weights', (row) => row.total),
  number('Kept', 'kept', (row) => row.kept),
  number('Kept part', 'kept_fraction', (row) => row.keptFraction, percent),
];

/** Where a channel can be cut, and at which stage of the network; a transition is said to be one. */
const place = ({ stage, transition }: ChannelRow): string => `${stage}${transition ? ', transition' : ''}`;

const CHANNELS: readonly Column<ChannelRow>[] = [
  words('Layer', 'layer', (row) => row.layer),
  words('Stage', 'stage', place),
  number('Channels', 'channels', (row) => row.total),
  number('Kept', 'kept', (row) => row.kept),
  number('Kept part', 'kept_fraction', (row) => row.keptFraction, percent),
];

type Api = Pick<ChartApi, 'copy' | 'save'>;

export function layerTable({ name, layers, channels, kept }: Report, api: Api): HTMLElement {
  const about = channels
    ? 'Weights of each layer, and how many of them the compact network has'
    : 'Weights of each layer, and how many of them are kept';
  return sortTable(
    {
      id: 'layers',
      title: 'Layers',
      about,
      columns: WEIGHTS,
      rows: layers,
      search: (row) => `${row.name} ${row.type}`,
      searched: 'name or type',
      part: (row) => row.keptFraction,
      total: { name: channels ? 'All layers' : 'All that can be pruned', numbers: sums(kept.weights, kept.total) },
      file: `${name}-layers`,
    },
    api,
  );
}

export function channelTable({ name }: Report, { layers, kept, total }: Channels, api: Api): HTMLElement {
  return sortTable(
    {
      id: 'channel-table',
      title: 'Channels',
      about: 'Channels of each layer, and how many of them are kept',
      columns: CHANNELS,
      rows: layers,
      search: (row) => `${row.layer} stage ${place(row)}`,
      searched: 'name or stage',
      part: (row) => row.keptFraction,
      total: { name: 'All layers', numbers: sums(kept, total) },
      file: `${name}-channels`,
    },
    api,
  );
}

const sums = (kept: number, total: number): string[] => [integer(total), integer(kept), percent(total === 0 ? 1 : kept / total)];
