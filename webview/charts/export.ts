/** What a chart is saved as: its canvas as PNG on the page's background, its numbers as CSV. */
import { h } from '../dom';
import { csv } from '../../src/shared/csv';
import { themeColor } from '../theme';
import { button } from '../ui';
import type { ChartApi } from './contract';
import { lines, type Grid } from './cells';

/** Without the `data:` prefix. Canvases are transparent; a picture by itself needs the background that its text was made for. */
export function pngBase64(canvas: HTMLCanvasElement): string {
  const picture = h('canvas', { width: canvas.width, height: canvas.height });
  const context = picture.getContext('2d')!;
  context.fillStyle = themeColor('--vscode-editor-background', 'Canvas');
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(canvas, 0, 0);
  return picture.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}

/** The canvas to save, or when it is drawn. */
type Canvas = () => HTMLCanvasElement | Promise<HTMLCanvasElement>;

export interface Exports {
  /** What is saved, for accessible names: `heatmap`. */
  what: string;
  /** File name without ending. */
  name: () => string;
  canvas?: Canvas;
  grid: () => Grid;
}

/** Several buttons of a page have the same text; their names tell them apart. */
function saveButton(text: string, name: string, act: () => unknown): HTMLElement {
  return button(text, act, { title: `Save ${name}`, name: text.includes(' ') ? `${text}: ${name}` : name });
}

export function pngButton(text: string, what: string, name: () => string, canvas: Canvas, api: ChartApi): HTMLElement {
  return saveButton(text, `PNG of ${what}`, async () => api.save(`${name()}.png`, { base64: pngBase64(await canvas()) }));
}

/** Buttons `PNG` (where there is a canvas) and `CSV`. */
export function exportButtons({ what, name, canvas, grid }: Exports, api: ChartApi): HTMLElement[] {
  const toPng = canvas && pngButton('PNG', what, name, canvas, api);
  const toCsv = saveButton('CSV', `CSV of ${what}`, () => {
    api.save(`${name()}.csv`, { text: csv(lines(grid())) });
  });
  return toPng ? [toPng, toCsv] : [toCsv];
}
