/** Which bars the histogram and the layer chart draw. */
import type { Unit } from '../../src/shared/left';
import type { ChannelRow, Report } from '../../src/shared/report';

type Histogram = Report['weightHistogram'];

/** More layers than this are not told apart in one stack; their sum is drawn. */
const MOST_STACKED = 6;

/** The series of one layer, or (for null) of all: stacked where they are few, else summed. */
export function histogramSeries({ edges, layers }: Histogram, layer: string | null): { name: string; counts: number[] }[] {
  const chosen = layer === null ? layers : layers.filter(({ name }) => name === layer);
  if (chosen.length <= MOST_STACKED) return chosen;
  const counts = Array.from({ length: edges.length - 1 }, (_, bin) => chosen.reduce((sum, { counts }) => sum + (counts[bin] ?? 0), 0));
  return [{ name: `All ${chosen.length} layers`, counts }];
}

/** Is there a weight to show? */
export const hasWeights = ({ layers }: Histogram): boolean => layers.some(({ counts }) => counts.some((count) => count > 0));

/** Lower and upper edge of each bin with its count by layer. */
export function histogramRows({ edges, layers }: Histogram): (string | number)[][] {
  return edges.slice(0, -1).map((low, bin) => [round(low), round(edges[bin + 1]!), ...layers.map(({ counts }) => counts[bin] ?? 0)]);
}

/** To significant digits: edges are sums of a step. */
export const round = (value: number, digits = 4): number => Number(value.toPrecision(digits));

export interface LayerBar {
  name: string;
  /** Joins dense blocks; drawn apart. */
  transition: boolean;
  left: number;
  of: number;
}

/** Channels left by layer of a run that cuts channels; the connections left by layer otherwise. */
export function layerBars(report: Pick<Report, 'channels' | 'layers'> | null): { unit: Unit; bars: LayerBar[] } {
  if (report?.channels) {
    const bars = report.channels.layers.map(({ layer, transition, kept, total }) => ({ name: layer, transition, left: kept, of: total }));
    return { unit: 'channels', bars };
  }
  const bars = (report?.layers ?? []).map(({ name, kept, total }) => ({ name, transition: false, left: kept, of: total }));
  return { unit: 'weights', bars };
}

export interface SourceBars {
  /** Who made channels, in order: `by the first convolution`, `in stage 1`. */
  makers: string[];
  /** Layers that read several convolutions at once, at their 1-based place in the network: channels of each of `makers`. */
  bars: { layer: ChannelRow; place: number; left: number[]; of: number[] }[];
}

/** Of the layers that read a concatenation: where the channels that they keep were made. */
export function sourceBars(channels: Report['channels']): SourceBars {
  const layers = channels?.layers ?? [];
  // What the first layer reads is in no stage, whatever number it has.
  const [first] = layers[0]?.sources.length === 1 ? layers[0].sources : [];
  const maker = ({ layer, stage }: Source) => (layer === first?.layer ? 'by the first convolution' : `in stage ${stage}`);
  const rows = layers.map((layer, i) => ({ layer, place: i + 1 })).filter(({ layer }) => layer.sources.length > 1);
  const makers = [...new Set(rows.flatMap(({ layer }) => layer.sources.map(maker)))];
  const by = ({ sources }: ChannelRow, of: 'kept' | 'total') =>
    makers.map((name) => sources.filter((source) => maker(source) === name).reduce((sum, source) => sum + source[of], 0));
  return { makers, bars: rows.map(({ layer, place }) => ({ layer, place, left: by(layer, 'kept'), of: by(layer, 'total') })) };
}

type Source = ChannelRow['sources'][number];

/** More bars than this are numbered; their names would not fit under them. */
const MOST_NAMED = 16;

/** What stands under the bars: their names, or their places in the network. */
export function barLabels(bars: readonly { name: string; place: number }[]): string[] {
  return bars.map(({ name, place }) => (bars.length > MOST_NAMED ? String(place) : name));
}

/** Where a key leads from bar `at` (null: none yet) of `count`; null for a key that leads nowhere. */
export function stepBar(key: string, at: number | null, count: number): number | null {
  if (!count) return null;
  const last = count - 1;
  switch (key) {
    case 'ArrowRight':
      return at === null ? 0 : Math.min(at + 1, last);
    case 'ArrowLeft':
      return at === null ? last : Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}
