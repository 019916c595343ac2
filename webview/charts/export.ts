/** What a chart is saved as: its canvas as PNG on the page's background, its numbers as CSV. */
import { h } from '../dom';
import { csv } from '../format';
import { themeColor } from '../theme';
import { button } from '../ui';
import type { ChartApi } from './contract';
import type { Grid } from './dataTable';

/** Without the `data:` prefix. Canvases are transparent; a picture by itself needs the background that its text was made for. */
export function pngBase64(canvas: HTMLCanvasElement): string {
  const picture = h('canvas', { width: canvas.width, height: canvas.height });
  const context = picture.getContext('2d')!;
  context.fillStyle = themeColor('--vscode-editor-background', 'Canvas');
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(canvas, 0, 0);
  return picture.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}

export interface Exports {
  /** What is saved, for accessible names: `heatmap`. */
  what: string;
  /** File name without ending. */
  name: () => string;
  canvas?: () => HTMLCanvasElement;
  grid: () => Grid;
}

/** Buttons `PNG` (where there is a canvas) and `CSV`. */
export function exportButtons({ what, name, canvas, grid }: Exports, api: ChartApi): HTMLElement[] {
  const toPng = canvas && button('PNG', () => api.save(`${name()}.png`, { base64: pngBase64(canvas()) }), { title: `Save ${what} as PNG` });
  const toCsv = button(
    'CSV',
    () => {
      const { columns, rows } = grid();
      api.save(`${name()}.csv`, { text: csv([columns, ...rows]) });
    },
    { title: `Save ${what} as CSV` },
  );
  return toPng ? [toPng, toCsv] : [toCsv];
}
