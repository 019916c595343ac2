/** Which classes each channel of a layer answers to, of a run by structured lasso: its coefficients as a picture. */
import { messageOf } from '../../src/shared/errors';
import type { Lasso } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import { integer } from '../../src/shared/text';
import { h } from '../dom';
import { minus } from '../format';
import { themeColor } from '../theme';
import { dropdown } from '../ui';
import {
  coefficientMap,
  coefficientPixels,
  coefficientTable,
  describeCoefficient,
  type CoefficientMap,
  type Order,
} from './coefficientGrid';
import type { Chart, ChartApi } from './contract';
import { drawCursor, moveCursor } from './cursor';
import { dataTable } from './dataTable';
import { exportButtons } from './export';
import { cellSide, type GridCell } from './grid';
import { fitting, inked, nameWidth } from './ink';
import type { Coefficients, Mask } from './layerData';
import { layout, oncePerFrame, scrollTo, sized, statusLine, watched } from './layout';
import { css, diverging, groundOf, parseColour, viridis, type Rgb } from './palette';
import { countTicks } from './scale';

/** Least and greatest width of a channel and height of a class, in CSS pixels. */
const WIDE = [2, 28] as const;
const TALL = [10, 20] as const;
/** About this tall, where classes are many. */
const PICTURE = 560;
const GAP = 8;
/** Above the picture: the strip that marks what is kept. */
const STRIP = { height: 5, gap: 3 };
/** Below it: numbers of channels, and the legend. */
const TICKS = 22;
const LEGEND = { gap: 14, wide: 160, tall: 12, text: 20 };
const RIGHT = 12;
/** So that the legend has its words, however few the channels. */
const LEAST = 340;

const EMPTY: Lasso['layers'] = [];

export function mountCoefficients(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let { name, classes, layers } = read(view);
  let layer = 0;
  let order: Order = 'network';
  let loaded: { coefficients: Coefficients; mask: Mask | null } | null = null;
  let map: CoefficientMap | null = null;
  let pixels: HTMLCanvasElement | null = null;
  let cursor: GridCell | null = null;
  let place: Place = { left: 0, wide: 1, tall: 1 };
  let asked = 0;

  const canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label': 'Coefficients of the channels. Arrow keys move from channel to channel and from class to class.',
  });
  const box = h('div', { class: 'canvas-box tall' }, canvas);
  const status = statusLine();
  let picker = picked();
  const sorting = dropdown(
    'Order of the channels',
    [
      { value: 'network', text: 'Channels in order' },
      { value: 'norm', text: 'Channels by norm' },
    ],
    order,
    (value) => {
      order = value === 'norm' ? 'norm' : 'network';
      arrange();
    },
  );
  const grid = () => (map ? coefficientTable(map) : { columns: [], rows: [] });
  const table = dataTable('Coefficients by channel', grid, api);
  const file = () => `${name}-${layers[layer]?.layer ?? ''}-coefficients`;
  const saves = exportButtons({ what: 'coefficients', name: file, canvas: plain, grid }, api);
  const { element, caption } = layout(container, [picker, sorting, ...saves], [box, status], table.element);
  const drawing = oncePerFrame(() => draw(cursor));

  function draw(marked: GridCell | null): void {
    if (!map || !pixels) return;
    const { cols } = map.coefficients;
    const left = nameWidth(canvas, map.responses, 12) + GAP;
    place = {
      left,
      wide: cellSide(element.clientWidth - left - RIGHT, map.order.length, WIDE),
      tall: cols === 1 ? 2 * TALL[1] : cellSide(PICTURE, cols, TALL),
    };
    picture(canvas, map, pixels, place, marked);
  }

  /** The picture without the cursor. */
  function plain(): HTMLCanvasElement {
    draw(null);
    drawing.ask();
    return canvas;
  }

  function point(next: GridCell | null, byKey = false): void {
    cursor = next;
    const { left, wide, tall } = place;
    if (map) status.textContent = next ? describeCoefficient(map, next) : 'Point at a channel, or move with the arrow keys.';
    if (next && byKey) scrollTo(box, { x: left + (next.column + 0.5) * wide, y: top() + (next.row + 0.5) * tall });
    drawing.ask();
  }

  function picked(): HTMLSelectElement {
    const options = layers.map((each, i) => ({
      value: String(i),
      text: `${each.layer}: ${integer(each.kept)} of ${integer(each.channels)} kept`,
    }));
    return dropdown('Layer of the coefficients', options, String(layer), (value) => {
      layer = Number(value);
      void load();
    });
  }

  /** After another order of the channels, or of what was read. */
  function arrange(): void {
    map = loaded && coefficientMap(loaded.coefficients, loaded.mask, classes, order);
    prepare();
    point(null);
    table.refresh();
  }

  /** The cells as pixels; again after a change of theme. */
  function prepare(): void {
    if (!map) return;
    const [width, height] = [map.order.length, map.coefficients.cols];
    pixels = h('canvas', { width, height });
    pixels.getContext('2d')!.putImageData(new ImageData(coefficientPixels(map, colours(map)), width, height), 0, 0);
    drawing.ask();
  }

  async function load(): Promise<void> {
    const ticket = ++asked;
    const row = layers[layer];
    container.hidden = !row;
    if (!row) return;
    caption.textContent = captionOf(row, classes);
    // What was shown stays until the new is there, unless it is never to be.
    if (!loaded) show('Reading the coefficients…');
    try {
      const [coefficients, mask] = await Promise.all([api.coefficients(row.layer), api.mask(row.layer).catch(() => null)]);
      if (ticket !== asked) return;
      loaded = { coefficients, mask };
      show(null);
    } catch (error) {
      if (ticket !== asked) return;
      loaded = null;
      show(messageOf(error));
    }
    arrange();
  }

  /** What is said in place of the picture; null: the picture. */
  function show(instead: string | null): void {
    box.hidden = table.element.hidden = instead !== null;
    for (const each of [sorting, ...saves]) each.hidden = instead !== null;
    if (instead !== null) status.textContent = instead;
  }

  moveCursor(
    canvas,
    () => {
      const size = { width: map?.order.length ?? 1, height: map?.coefficients.cols ?? 1 };
      return { size, cursor, side: place.wide, tall: place.tall, left: place.left, top: top() };
    },
    point,
  );
  const watch = watched(element, api, drawing.ask, prepare);
  void load();

  return {
    update(next) {
      const before = layers[layer]?.layer;
      ({ name, classes, layers } = read(next));
      layer = Math.max(
        0,
        layers.findIndex((each) => each.layer === before),
      );
      const fresh = picked();
      picker.replaceWith(fresh);
      picker = fresh;
      void load();
    },
    dispose() {
      asked++;
      watch.dispose();
      drawing.dispose();
      element.remove();
    },
  };
}

const read = ({ run, report }: RunView) => ({
  name: run.id,
  classes: report?.lasso?.classes ?? [],
  layers: report?.lasso?.layers ?? EMPTY,
});

function captionOf({ coefficients, kept, channels }: Lasso['layers'][number], classes: readonly string[]): string {
  const down = coefficients.cols === classes.length ? 'classes down' : 'one row for all classes';
  return (
    `How much of each class the lasso explains by each channel: channels across, ${down}. ` +
    `The ${integer(kept)} of ${integer(channels)} channels that are kept have a mark above them, the others are dimmed.`
  );
}

/** Where cells lie on the canvas: after the names, each of this size. */
interface Place {
  left: number;
  wide: number;
  tall: number;
}

const top = (): number => STRIP.height + STRIP.gap + 2;

/** Colours of the scale: of two arms where coefficients have both signs. */
function colours({ signed }: CoefficientMap): (share: number) => Rgb {
  const ground = groundOf(parseColour(themeColor('--vscode-editor-background', '')));
  return signed ? (share) => diverging(share, ground) : viridis;
}

function picture(
  canvas: HTMLCanvasElement,
  map: CoefficientMap,
  pixels: HTMLCanvasElement,
  { left, wide, tall }: Place,
  marked: GridCell | null,
): void {
  const { order, kept, responses } = map;
  const [width, height] = [order.length * wide, responses.length * tall];
  const context = sized(canvas, Math.max(left + width + RIGHT, LEAST), top() + height + TICKS + LEGEND.gap + LEGEND.tall + LEGEND.text);
  context.translate(left, top());
  const foreground = inked(context, Math.min(12, tall));
  context.textAlign = 'right';
  for (const [row, name] of responses.entries()) context.fillText(fitting(context, name, left - GAP), -GAP, (row + 0.5) * tall);
  for (const [column, channel] of order.entries()) {
    if (kept[channel]) context.fillRect(column * wide, -STRIP.gap - STRIP.height, wide, STRIP.height);
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(pixels, 0, 0, width, height);
  context.strokeRect(-0.5, -0.5, width + 1, height + 1);

  inked(context, 12);
  context.textAlign = 'center';
  for (const tick of countTicks(order.length, Math.max(2, width / 90), 'linear').map((n) => Math.max(n, 1))) {
    const x = (tick - 0.5) * wide;
    context.fillRect(Math.round(x), height + 1, 1, 4);
    context.fillText(integer(tick), x, height + 14);
  }
  context.translate(0, height + TICKS + LEGEND.gap);
  legend(context, map, foreground);
  if (!marked) return;
  context.translate(0, -height - TICKS - LEGEND.gap);
  drawCursor(context, marked, wide, tall);
}

/** The scale and what the mark is. It is part of the canvas, so that it is in the saved picture. */
function legend(context: CanvasRenderingContext2D, map: CoefficientMap, foreground: string): void {
  const colour = colours(map);
  const from = map.signed ? -1 : 0;
  for (let x = 0; x < LEGEND.wide; x++) {
    context.fillStyle = css(colour(from + ((1 - from) * x) / (LEGEND.wide - 1)));
    context.fillRect(x, 0, 1, LEGEND.tall);
  }
  context.fillStyle = foreground;
  context.strokeRect(-0.5, -0.5, LEGEND.wide + 1, LEGEND.tall + 1);
  const value = (share: number) => minus(String(Number((share * map.largest).toPrecision(2))));
  context.textAlign = 'center';
  for (const share of map.signed ? [-1, 0, 1] : [0, 0.5, 1]) {
    context.fillText(value(share), ((share - from) / (1 - from)) * LEGEND.wide, LEGEND.tall + 11);
  }
  context.textAlign = 'left';
  context.fillRect(LEGEND.wide + 34, LEGEND.tall / 2 - STRIP.height / 2, 18, STRIP.height);
  context.fillText('kept', LEGEND.wide + 58, LEGEND.tall / 2);
}
