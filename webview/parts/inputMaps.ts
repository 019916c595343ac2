/** Which pixels each run keeps, as small pictures beside each other, those that keep fewest first. */
import { percent } from '../../src/shared/report';
import type { CompareView } from '../../src/shared/view';
import type { ChartApi } from '../charts/contract';
import { drawCursor, moveCursor } from '../charts/cursor';
import { dataTable } from '../charts/dataTable';
import { exportButtons } from '../charts/export';
import { cellSide, type GridCell } from '../charts/grid';
import { describePixel, keptPercent, meanImage, pixelMap, type PixelMap } from '../charts/inputGrid';
import { drawPixels } from '../charts/inputPicture';
import { fontOf } from '../charts/ink';
import { layout, oncePerFrame, sized, statusLine } from '../charts/layout';
import { h } from '../dom';
import { integer } from '../../src/shared/text';
import { themeColor } from '../theme';
import type { Part } from './compareTable';
import { inputRunGrid, inputRuns, type InputRun } from './inputRuns';

/** How wide a picture would be, and the least and greatest side of its pixels, in CSS pixels. */
const WIDTH = 144;
const SIDE = [1, 6] as const;
/** Around a picture, so that the cursor at its border is not cut off. */
const MARGIN = 4;
/** Of the saved strip: between pictures, of a line of text, and pictures in a row. */
const [GAP, LINE, PER_ROW] = [20, 18, 6];

interface Small {
  run: InputRun;
  map: PixelMap;
  image: readonly number[] | null;
  side: number;
}

export function mountInputMaps(container: HTMLElement, first: CompareView, api: ChartApi, show: (folder: string) => void): Part {
  let runs = inputRuns(first.runs);
  let pictures = small(runs);

  const strip = h('div', { class: 'input-maps' });
  const status = statusLine();
  const grid = () => inputRunGrid(runs);
  const table = dataTable('Inputs kept, run by run', grid, api);
  const saves = exportButtons({ what: 'inputs kept, run by run', name: () => 'inputs-kept', canvas: () => whole(pictures), grid }, api);
  const { caption } = layout(container, saves, [strip, status], table.element);
  caption.textContent =
    'The inputs that each run keeps, fewest first: coloured pixels in a white outline, over the mean training image. Nothing reads the grey ones.';

  function figureOf(small: Small): HTMLElement {
    const { run, map, image, side } = small;
    let cursor: GridCell | null = null;
    const canvas = h('canvas', {
      tabindex: 0,
      role: 'application',
      'aria-label': `Inputs kept by ${run.label}: ${lines(run).slice(1).join(', ')}. Arrow keys move from pixel to pixel.`,
    });
    const drawing = oncePerFrame(() => {
      const context = sized(canvas, map.width * side + 2 * MARGIN, map.height * side + 2 * MARGIN);
      context.translate(MARGIN, MARGIN);
      drawPixels(context, map, image, side);
      if (cursor) drawCursor(context, cursor, side);
    });
    moveCursor(
      canvas,
      () => ({ size: map, cursor, side, left: MARGIN, top: MARGIN }),
      (next) => {
        cursor = next;
        status.textContent = next ? `${run.label}, ${describePixel(next, map, image)}` : '';
        drawing.ask();
      },
    );
    drawing.ask();
    const [label, ...numbers] = lines(run);
    const open = h('button', { class: 'plain link', type: 'button', title: 'Show the result of this run' }, label!);
    open.addEventListener('click', () => show(run.folder));
    return h('figure', {}, canvas, h('figcaption', {}, open, ...numbers.map((text) => h('span', {}, text))));
  }

  function all(): void {
    container.hidden = !pictures.length;
    status.textContent = '';
    strip.replaceChildren(...pictures.map(figureOf));
    table.refresh();
  }
  all();
  return {
    update(next) {
      runs = inputRuns(next.runs);
      pictures = small(runs);
      all();
    },
  };
}

/** What can be drawn: runs on images. */
function small(runs: readonly InputRun[]): Small[] {
  return runs.flatMap((run) => {
    const map = pixelMap(run.inputs);
    return map ? [{ run, map, image: meanImage(run.inputs.classMeans), side: cellSide(WIDTH, map.width, SIDE) }] : [];
  });
}

/** What stands under a picture. */
function lines({ label, inputs, error }: InputRun): string[] {
  return [label, `${integer(inputs.kept)} of ${integer(inputs.total)} (${keptPercent(inputs)})`, `${percent(error)} error`];
}

/** All pictures with what stands under them, for a file. */
function whole(pictures: readonly Small[]): HTMLCanvasElement {
  const canvas = h('canvas');
  const font = fontOf(12);
  const measure = canvas.getContext('2d')!;
  measure.font = font;
  const words = pictures.map(({ run }) => lines(run));
  const wide = Math.max(
    ...pictures.map(({ map, side }) => map.width * side),
    ...words.flat().map((text) => measure.measureText(text).width),
  );
  const tall = Math.max(...pictures.map(({ map, side }) => map.height * side));
  const [across, down] = [wide + GAP, tall + GAP + 3 * LINE];
  const columns = Math.min(pictures.length, PER_ROW);
  const context = sized(canvas, columns * across + GAP, Math.ceil(pictures.length / columns) * down + GAP);
  context.font = font;
  pictures.forEach(({ map, image, side }, i) => {
    context.save();
    context.translate(GAP + (i % columns) * across, GAP + Math.floor(i / columns) * down);
    drawPixels(context, map, image, side);
    context.fillStyle = themeColor('--vscode-foreground', 'CanvasText');
    words[i]!.forEach((text, line) => context.fillText(text, 0, tall + (line + 1) * LINE - 4));
    context.restore();
  });
  return canvas;
}
