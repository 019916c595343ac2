/** Which pixels of the image the network still reads, over what the classes look like on average. */
import { inputNotes } from '../../src/shared/inputs';
import type { Inputs } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { h } from '../dom';
import { checkbox, dropdown } from '../ui';
import type { Chart, ChartApi } from './contract';
import { drawCursor, moveCursor } from './cursor';
import { dataTable } from './dataTable';
import { exportButtons } from './export';
import { cellSide, pictureGrid, type GridCell } from './grid';
import { brightest, describePixel, droppedColour, keptColour, keptText, longInputs, meanImage, pixelMap, type PixelMap } from './inputGrid';
import { colourBar, inked } from './ink';
import { drawPixels } from './inputPicture';
import { layout, oncePerFrame, sized, statusLine, watched } from './layout';
import { css, type Rgb } from './palette';

/** Least and greatest side of a pixel, in CSS pixels. */
const SIDE = [2, 16] as const;
/** Around the picture, so that the cursor at its border is not cut off. */
const MARGIN = 4;
/** Of the legend, in CSS pixels: its gap to the picture, a bar or a swatch, and room for its words. */
const LEGEND = { gap: 20, bar: 14, text: 84 };

/** The value of `All classes`; classes are given by index, since one may bear any name. */
const ALL = 'all';
const NO_PIXELS: PixelMap = { width: 0, height: 0, channels: 1, counts: [] };

export function mountInputs(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let { name, inputs } = read(view);
  let map = pixels(inputs);
  let shown = ALL;
  let maskOnly = false;
  let cursor: GridCell | null = null;
  let side: number = SIDE[0];

  const canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label': 'Inputs kept, pixel by pixel. Arrow keys move from pixel to pixel.',
  });
  const status = statusLine();
  const notes = h('ul', { class: 'notes' });
  const only = checkbox('Mask only', maskOnly, (checked) => {
    maskOnly = checked;
    picker.disabled = checked;
    draw();
  });
  let picker = picked();
  const table = dataTable('Channels kept of each pixel: rows and columns of the image', () => pictureGrid(map, map.counts), api);
  const saves = exportButtons(
    {
      what: 'inputs kept',
      name: () => `${name}-inputs`,
      canvas: plain,
      grid: () => longInputs(map, inputs?.classMeans ?? []),
    },
    api,
  );
  const { element, caption } = layout(
    container,
    [picker, only, ...saves],
    [h('div', { class: 'canvas-box' }, canvas), status, notes],
    table.element,
  );
  const drawing = oncePerFrame(() => {
    if (!map.counts.length) return;
    side = cellSide(element.clientWidth - 2 * MARGIN - LEGEND.gap - LEGEND.bar - LEGEND.text, map.width, SIDE);
    picture(canvas, map, image(), side, cursor);
  });

  /** What lies behind the mask; null: nothing. */
  function image(): readonly number[] | null {
    if (maskOnly || !inputs) return null;
    return shown === ALL ? meanImage(inputs.classMeans) : (inputs.classMeans[Number(shown)]?.pixels ?? null);
  }

  function picked(): HTMLSelectElement {
    const classes = inputs?.classMeans ?? [];
    const options = [{ value: ALL, text: 'All classes' }, ...classes.map((each, i) => ({ value: String(i), text: `Class ${each.name}` }))];
    const made = dropdown('Class whose mean is behind the inputs kept', options, ALL, (value) => {
      shown = value;
      draw();
    });
    made.disabled = maskOnly;
    made.hidden = classes.length < 2;
    return made;
  }

  function point(next: GridCell | null): void {
    cursor = next;
    status.textContent = next ? describePixel(next, map, image()) : 'Point at a pixel, or move with the arrow keys.';
    drawing.ask();
  }

  /** The picture without the cursor. */
  function plain(): HTMLCanvasElement {
    picture(canvas, map, image(), side, null);
    drawing.ask();
    return canvas;
  }

  /** After another choice. */
  function draw(): void {
    caption.textContent = inputs ? sentence(inputs) : '';
    point(cursor);
  }

  function sentence(of: Inputs): string {
    const behind = image() ? ` over the mean image of ${classText(of)}` : '';
    const more = behind && map.channels > 1 ? ' The mask alone shows how many channels of each pixel are kept.' : '';
    return `${keptText(of)} are kept: the coloured pixels in the white outline${behind}. Nothing reads the grey ones.${more}`;
  }

  function classText({ classMeans }: Inputs): string {
    if (shown !== ALL) return `class ${classMeans[Number(shown)]?.name}`;
    return classMeans.length > 1 ? 'all classes' : 'the training set';
  }

  function show(): void {
    // Where samples are rows of features, these are listed instead (inputFeatures.ts).
    container.hidden = !map.counts.length;
    only.hidden = !inputs?.classMeans.length;
    const sentences = inputs ? inputNotes(inputs) : [];
    notes.hidden = !sentences.length;
    notes.replaceChildren(...sentences.map((text) => h('li', {}, text)));
    cursor = null;
    draw();
    table.refresh();
  }

  moveCursor(canvas, () => ({ size: map, cursor, side, left: MARGIN, top: MARGIN }), point);
  const watch = watched(element, api, drawing.ask);
  show();

  return {
    update(next) {
      ({ name, inputs } = read(next));
      map = pixels(inputs);
      shown = ALL;
      const fresh = picked();
      picker.replaceWith(fresh);
      picker = fresh;
      show();
    },
    dispose() {
      watch.dispose();
      drawing.dispose();
      element.remove();
    },
  };
}

const read = ({ run, report }: RunView) => ({ name: run.id, inputs: report?.inputs ?? null });

const pixels = (inputs: Inputs | null): PixelMap => (inputs && pixelMap(inputs)) ?? NO_PIXELS;

function picture(canvas: HTMLCanvasElement, map: PixelMap, image: readonly number[] | null, side: number, cursor: GridCell | null): void {
  const [wide, tall] = [map.width * side, map.height * side];
  // Words of the legend have their height, however small the picture.
  const height = Math.max(tall, image ? 150 : 24 * (map.channels + 1));
  const context = sized(canvas, wide + 2 * MARGIN + LEGEND.gap + LEGEND.bar + LEGEND.text, height + 2 * MARGIN);
  context.translate(MARGIN, MARGIN);
  drawPixels(context, map, image, side);
  context.save();
  context.translate(wide + LEGEND.gap, 0);
  inked(context, 12);
  if (image) scales(context, brightest(image));
  else swatches(context, map.channels);
  context.restore();
  if (cursor) drawCursor(context, cursor, side);
}

/** The legend is part of the canvas, so that it is in the saved picture: a colour for each count of channels. */
function swatches(context: CanvasRenderingContext2D, channels: number): void {
  for (let kept = channels; kept >= 0; kept--) {
    const y = (channels - kept) * 24;
    const words = channels === 1 ? (kept ? 'kept' : 'dropped') : kept ? `${kept} of ${channels}` : 'none';
    colourBar(context, { x: 0, top: y + 2, wide: LEGEND.bar, length: LEGEND.bar }, () =>
      css(kept ? keptColour(kept / channels) : droppedColour(0)),
    );
    context.fillText(words, LEGEND.bar + 8, y + 2 + LEGEND.bar / 2);
  }
}

/** Two scales of brightness, above that of the pixels that are kept. */
function scales(context: CanvasRenderingContext2D, most: number): void {
  const ramps: readonly [string, (share: number) => Rgb][] = [
    ['kept', keptColour],
    ['dropped', droppedColour],
  ];
  ramps.forEach(([words, colour], i) => {
    const [top, length] = [i * 78 + 16, 48];
    context.fillText(words, 0, top - 10);
    colourBar(context, { x: 0, top, wide: LEGEND.bar, length }, (y) => css(colour(1 - y / (length - 1))));
    for (const value of [most, 0]) context.fillText(String(value), LEGEND.bar + 8, top + (value ? 5 : length - 5));
  });
}
