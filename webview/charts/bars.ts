/** Which bars the histogram and the layer chart draw. */
import type { LayerRow, Report } from '../../src/shared/report';

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

/** Channels left by layer where the network has channel layers; the connections left by layer otherwise. */
export function layerBars(layers: readonly LayerRow[]): { unit: 'channels' | 'weights'; bars: LayerBar[] } {
  const isTransition = ({ name }: LayerRow) => /transition/i.test(name);
  const ofChannels = layers.filter((layer) => /bn/i.test(layer.type) || isTransition(layer));
  if (ofChannels.length) {
    const bars = ofChannels.map((layer) => ({
      name: layer.name,
      transition: isTransition(layer),
      left: layer.compactShape.at(-1) ?? 0,
      of: layer.shape.at(-1) ?? 0,
    }));
    return { unit: 'channels', bars };
  }
  return { unit: 'weights', bars: layers.map(({ name, kept, total }) => ({ name, transition: false, left: kept, of: total })) };
}
