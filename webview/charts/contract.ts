/** What a chart is to the page that holds it: a function that mounts it, and what it may ask of the page. */
import type { Event } from '../../src/shared/protocol';
import type { RunView } from '../../src/shared/view';
import type { Coefficients, Mask } from './layerData';

export interface Disposable {
  dispose(): void;
}

export interface ChartApi {
  /** To the clipboard. */
  copy(text: string): void;
  /** Saves through the editor's dialog. `base64`: contents of a PNG, without the `data:` prefix. */
  save(name: string, content: { text: string } | { base64: string }): void;
  /** The mask of a layer; rejected where the run has none. */
  mask(layer: string): Promise<Mask>;
  /** The coefficients of a layer; rejected where the run has none. */
  coefficients(layer: string): Promise<Coefficients>;
  /** Called after the editor changed its theme, when the new variables hold. */
  onTheme(listener: () => void): Disposable;
}

export interface Chart extends Disposable {
  /** The whole state again: the run ended, or was read anew. */
  update(view: RunView): void;
  /** Something of a running run: a batch, or the end of an epoch. */
  live?(event: Event): void;
}

/**
 * Fills `container`, an empty element under the page's heading, and keeps it right until disposed. Where the run has no data for the chart,
 * it sets `container.hidden`, and the heading is hidden with it.
 */
export type MountChart = (container: HTMLElement, view: RunView, api: ChartApi) => Chart;
