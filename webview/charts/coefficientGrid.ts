/** A layer's coefficients as a picture, channels across and classes down, and as numbers. */
import { minus } from '../format';
import type { Grid } from './cells';
import type { GridCell } from './grid';
import type { Coefficients, Mask } from './layerData';
import type { Rgb } from './palette';

/** Channels in the order in which they are shown, with what is known of each. */
export interface CoefficientMap {
  coefficients: Coefficients;
  /** Channels from the left, counted from 0. */
  order: number[];
  /** By channel: the Euclidean norm of its coefficients. */
  norms: number[];
  /** By channel: is it left? */
  kept: boolean[];
  /** Names of the rows: the classes, or the one response that stands for them all. */
  responses: string[];
  /** The greatest of the coefficients by size. */
  largest: number;
  /** Are there coefficients of both signs? */
  signed: boolean;
}

export type Order = 'network' | 'norm';

/** `mask`: of the layer, channels as columns; null where the run has none: then the channels without coefficients are those that went. */
export function coefficientMap(coefficients: Coefficients, mask: Mask | null, classes: readonly string[], order: Order): CoefficientMap {
  const { rows, cols, values } = coefficients;
  const channels = Array.from({ length: rows }, (_, k) => k);
  const norms = channels.map((k) => Math.hypot(...values.subarray(k * cols, (k + 1) * cols)));
  const kept = channels.map((k) => (mask?.cols === rows ? isKept(mask, k) : norms[k]! > 0));
  let [least, most] = [0, 0];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return {
    coefficients,
    order: order === 'norm' ? channels.sort((a, b) => norms[b]! - norms[a]! || a - b) : channels,
    norms,
    kept,
    responses:
      cols === classes.length ? [...classes] : cols === 1 ? ['all classes'] : Array.from({ length: cols }, (_, c) => String(c + 1)),
    largest: Math.max(most, -least),
    signed: least < 0,
  };
}

/** A channel is left where any weight of its column is. */
function isKept({ rows, cols, bytes }: Mask, channel: number): boolean {
  for (let row = 0; row < rows; row++) if (bytes[row * cols + channel]) return true;
  return false;
}

/** The coefficient of a cell: `column` is a place in the order, `row` a response. */
export function coefficientAt({ coefficients: { cols, values }, order }: CoefficientMap, { column, row }: GridCell): number {
  return values[order[column]! * cols + row]!;
}

/** `channel 12 (kept, norm 0.31), cat: 0.12`; channels are counted from 1. */
export function describeCoefficient(map: CoefficientMap, cell: GridCell): string {
  const channel = map.order[cell.column]!;
  const state = `${map.kept[channel] ? 'kept' : 'cut'}, norm ${digits(map.norms[channel]!)}`;
  return `channel ${channel + 1} (${state}), ${map.responses[cell.row]}: ${digits(coefficientAt(map, cell))}`;
}

/** Opacity of channels that went, of 255. */
const DIMMED = 36;

/**
 * RGBA, a pixel a cell, channels across in the order shown. `colour` is of the coefficient over the largest: 0 to 1, or from -1 where there are
 * negative ones. Channels that went are nearly transparent.
 */
export function coefficientPixels(map: CoefficientMap, colour: (share: number) => Rgb): Uint8ClampedArray<ArrayBuffer> {
  const { order, kept, largest, coefficients } = map;
  const pixels = new Uint8ClampedArray(order.length * coefficients.cols * 4);
  for (let row = 0; row < coefficients.cols; row++) {
    for (const [column, channel] of order.entries()) {
      const share = largest === 0 ? 0 : coefficientAt(map, { column, row }) / largest;
      pixels.set([...colour(share), kept[channel] ? 255 : DIMMED], (row * order.length + column) * 4);
    }
  }
  return pixels;
}

const digits = (value: number): string => minus(String(Number(value.toPrecision(3))));

/** A line a channel, in the order shown. */
export function coefficientTable({ coefficients: { cols, values }, order, norms, kept, responses }: CoefficientMap): Grid {
  return {
    columns: ['channel', 'kept', 'norm', ...responses],
    rows: order.map((k) => [k + 1, kept[k] ? 'yes' : 'no', norms[k]!, ...values.subarray(k * cols, (k + 1) * cols)]),
  };
}
