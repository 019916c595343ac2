/** The whole first-layer mask, inputs across and neurons down, with the rows of the image marked as bands. */
import type { RunView } from '../../src/shared/view';
import { h } from '../dom';
import { themeColor } from '../theme';
import { button } from '../ui';
import {
  bandCounts,
  bandWidth,
  clampView,
  describeWeight,
  fitScale,
  maskPixels,
  panView,
  zoomView,
  type BandShape,
  type Viewport,
} from './bandGrid';
import type { Chart, ChartApi } from './contract';
import { dataTable } from './dataTable';
import type { Grid } from './cells';
import { exportButtons } from './export';
import type { Mask } from './layerData';
import { fontOf } from './ink';
import { layout, oncePerFrame, sized, statusLine, watched } from './layout';
import { parseColour } from './palette';

/** Room for the numbers of the bands. */
const TOP = 18;
const ZOOM = 1.25;
/** Screen pixels that an arrow key moves. */
const STEP = 40;

interface Picture {
  mask: Mask;
  shape: BandShape;
}

export function mountBands(container: HTMLElement, view: RunView, api: ChartApi): Chart {
  let name = view.run.id;
  let picture: Picture | null = null;
  /** The mask, drawn once in the theme's colour. */
  let pixels: HTMLCanvasElement | null = null;
  let window_ = { width: 0, height: 0 };
  let seen: Viewport = { scale: 0, x: 0, y: 0 };
  let asked = 0;

  const canvas = h('canvas', {
    class: 'bands',
    tabindex: 0,
    role: 'application',
    'aria-label': 'First-layer mask. Plus and minus zoom, arrow keys move, 0 shows all of it.',
  });
  const status = statusLine();
  const zoomButton = (text: string, title: string, act: () => void) => button(text, act, { title, name: title });
  const tools = [
    zoomButton('+', 'Zoom in', () => zoom(ZOOM)),
    zoomButton('−', 'Zoom out', () => zoom(1 / ZOOM)),
    zoomButton('Fit', 'Fit the whole mask', fit),
  ];
  const table = dataTable('Connections left by row of the image', () => bandGrid(picture), api);
  const saves = exportButtons({ what: 'mask', name: () => `${name}-mask`, canvas: () => canvas, grid: () => bandGrid(picture) }, api);
  const { element, caption } = layout(container, [...tools, ...saves], [canvas, status], table.element);
  const drawing = oncePerFrame(() => {
    if (picture && pixels) draw(canvas, picture.shape, pixels, seen, window_);
  });

  function extent() {
    return { width: picture?.shape.inputs ?? 1, height: picture?.shape.neurons ?? 1 };
  }

  function look(next: Viewport): void {
    seen = next;
    drawing.ask();
  }

  function fit(): void {
    look(clampView({ scale: 0, x: 0, y: 0 }, extent(), window_));
  }

  function zoom(factor: number, x = window_.width / 2, y = window_.height / 2): void {
    look(zoomView(seen, factor, x, y, extent(), window_));
  }

  function pan(dx: number, dy: number): void {
    look(panView(seen, dx, dy, extent(), window_));
  }

  /** Says which weight lies at a point of the window. */
  function tell(x: number, y: number): void {
    if (!picture) return;
    const [input, neuron] = [Math.floor(seen.x + x / seen.scale), Math.floor(seen.y + y / seen.scale)];
    const { shape, mask } = picture;
    if (input < 0 || neuron < 0 || input >= shape.inputs || neuron >= shape.neurons) return;
    status.textContent = describeWeight(input, neuron, mask.bytes[input * mask.cols + neuron] !== 0, shape);
  }

  /** The mask as pixels; again after a change of theme. */
  function prepare(): void {
    if (!picture) return;
    const { inputs, neurons } = picture.shape;
    const colour = parseColour(themeColor('--vscode-charts-blue', '')) ??
      parseColour(themeColor('--vscode-foreground', '')) ?? [128, 128, 128];
    pixels = h('canvas', { width: inputs, height: neurons });
    pixels.getContext('2d')!.putImageData(new ImageData(maskPixels(picture.mask.bytes, inputs, neurons, colour), inputs, neurons), 0, 0);
    drawing.ask();
  }

  function resize(): void {
    if (!picture || !element.clientWidth) return;
    const whole = seen.scale <= fitScale(extent(), window_) * 1.001;
    window_ = { width: element.clientWidth, height: Math.round((element.clientWidth * picture.shape.neurons) / picture.shape.inputs) };
    if (whole) fit();
    else look(clampView(seen, extent(), window_));
  }

  async function load(next: RunView): Promise<void> {
    name = next.run.id;
    const ticket = ++asked;
    const heatmap = next.report?.heatmap;
    const layer = heatmap?.mask.file.replace(/^.*\//, '').replace(/\.u8$/, '');
    const mask = layer ? await api.mask(layer).catch(() => null) : null;
    if (ticket !== asked) return;
    const shape = heatmap && mask && { width: heatmap.width, height: heatmap.height, inputs: mask.rows, neurons: mask.cols };
    picture = mask && shape && bandWidth(shape) ? { mask, shape } : null;
    container.hidden = !picture;
    if (!picture) return;
    caption.textContent =
      `Each point is a connection that is left: ${picture.shape.inputs} inputs across, ${picture.shape.neurons} neurons down. ` +
      `The ${picture.shape.height} bands are the rows of the image, its top row at the left.`;
    status.textContent = 'Point at a connection; zoom with the wheel, move by dragging.';
    seen = { scale: 0, x: 0, y: 0 };
    prepare();
    resize();
    table.refresh();
  }

  canvas.addEventListener(
    'wheel',
    (event) => {
      const before = seen.scale;
      zoom(Math.exp(-event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 0.05 : 0.0015)), event.offsetX, event.offsetY - TOP);
      // At either end of the zoom the wheel scrolls the page again.
      if (seen.scale !== before) event.preventDefault();
    },
    { passive: false },
  );
  let dragged: { x: number; y: number } | null = null;
  canvas.addEventListener('pointerdown', (event) => {
    dragged = { x: event.offsetX, y: event.offsetY };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (dragged) {
      pan(dragged.x - event.offsetX, dragged.y - event.offsetY);
      dragged = { x: event.offsetX, y: event.offsetY };
    }
    tell(event.offsetX, event.offsetY - TOP);
  });
  for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, () => (dragged = null));
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => zoom(ZOOM),
    '=': () => zoom(ZOOM),
    '-': () => zoom(1 / ZOOM),
    '0': fit,
    ArrowLeft: () => pan(-STEP, 0),
    ArrowRight: () => pan(STEP, 0),
    ArrowUp: () => pan(0, -STEP),
    ArrowDown: () => pan(0, STEP),
  };
  canvas.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
    tell(window_.width / 2, window_.height / 2);
  });
  const watch = watched(element, api, resize, prepare);
  container.hidden = true;
  void load(view);

  return {
    update: (next) => void load(next),
    dispose() {
      asked++;
      watch.dispose();
      drawing.dispose();
      element.remove();
    },
  };
}

function draw(
  canvas: HTMLCanvasElement,
  shape: BandShape,
  pixels: HTMLCanvasElement,
  { scale, x, y }: Viewport,
  { width, height }: { width: number; height: number },
): void {
  const context = sized(canvas, width, height + TOP);
  const foreground = themeColor('--vscode-foreground', 'CanvasText');
  const band = bandWidth(shape) ?? shape.inputs;
  context.font = fontOf(11);
  context.textAlign = 'center';
  context.fillStyle = foreground;
  // Every band has a number where there is room for it.
  const each = Math.ceil(20 / (band * scale));
  for (let row = 0; row < shape.height; row += each) context.fillText(String(row + 1), ((row + 0.5) * band - x) * scale, TOP - 6);

  context.save();
  context.beginPath();
  context.rect(0, TOP, width, height);
  context.clip();
  // Smaller than a pixel a cell, neighbours are averaged; larger, cells have sharp borders.
  context.imageSmoothingEnabled = scale * (window.devicePixelRatio || 1) < 1;
  context.drawImage(pixels, x, y, width / scale, height / scale, 0, TOP, width, height);
  context.restore();

  context.globalAlpha = 0.5;
  for (let row = 0; row <= shape.height; row++) context.fillRect(Math.round((row * band - x) * scale), TOP - 4, 1, height + 4);
  context.globalAlpha = 1;
  context.strokeStyle = foreground;
  context.strokeRect(0.5, TOP + 0.5, width - 1, height - 1);
}

function bandGrid(picture: Picture | null): Grid {
  const columns = ['Row of the image', 'Connections left', 'Of'];
  if (!picture) return { columns, rows: [] };
  const { shape, mask } = picture;
  const of = (bandWidth(shape) ?? 0) * shape.neurons;
  return { columns, rows: bandCounts(mask.bytes, shape).map((kept, row) => [row + 1, kept, of]) };
}
