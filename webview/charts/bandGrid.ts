/** The first layer's mask as a picture, inputs across and neurons down: its bands, and the window through which it is looked at. */

/** Inputs lie in the order of the image: row by row, the channels of a pixel together. */
export interface BandShape {
  /** Of the image; each of its rows is a band. */
  width: number;
  height: number;
  inputs: number;
  neurons: number;
}

/** Inputs in a band; null where the inputs are not those of the image. */
export function bandWidth({ width, height, inputs }: BandShape): number | null {
  return width > 0 && height > 0 && inputs % (width * height) === 0 ? inputs / height : null;
}

/** The image's pixel that an input is, counted from 0. */
export function inputPixel(input: number, shape: BandShape): { row: number; column: number; channel: number; channels: number } {
  const channels = shape.inputs / (shape.width * shape.height);
  const pixel = Math.floor(input / channels);
  return { row: Math.floor(pixel / shape.width), column: pixel % shape.width, channel: input % channels, channels };
}

/** `input row 12, column 15, neuron 120: kept`; all counted from 1. */
export function describeWeight(input: number, neuron: number, kept: boolean, shape: BandShape): string {
  const { row, column, channel, channels } = inputPixel(input, shape);
  const of = channels > 1 ? `, channel ${channel + 1}` : '';
  return `input row ${row + 1}, column ${column + 1}${of}, neuron ${neuron + 1}: ${kept ? 'kept' : 'pruned'}`;
}

/** Connections left in each band. `bytes`: inputs × neurons, row by row. */
export function bandCounts(bytes: Uint8Array, shape: BandShape): number[] {
  const perBand = (bandWidth(shape) ?? shape.inputs) * shape.neurons;
  return Array.from({ length: shape.height }, (_, band) => {
    let kept = 0;
    for (let i = band * perBand; i < (band + 1) * perBand; i++) if (bytes[i]) kept++;
    return kept;
  });
}

/** Bytes inputs × neurons to RGBA pixels, inputs across and neurons down; what is cut is transparent. */
export function maskPixels(bytes: Uint8Array, inputs: number, neurons: number, [red, green, blue]: readonly [number, number, number]) {
  const pixels = new Uint8ClampedArray(inputs * neurons * 4);
  for (let input = 0; input < inputs; input++) {
    for (let neuron = 0; neuron < neurons; neuron++) {
      if (!bytes[input * neurons + neuron]) continue;
      const at = (neuron * inputs + input) * 4;
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
      pixels[at + 3] = 255;
    }
  }
  return pixels;
}

/** What of a picture is seen: `scale` screen pixels a cell; `x` and `y` is the cell coordinate at the window's corner. */
export interface Viewport {
  scale: number;
  x: number;
  y: number;
}

export interface Extent {
  width: number;
  height: number;
}

/** The largest scale: a cell is this many pixels wide. */
const CLOSEST = 24;

/** The scale at which the whole picture is seen. */
export const fitScale = (picture: Extent, window: Extent): number => Math.min(window.width / picture.width, window.height / picture.height);

/** Keeps the scale between fit and closest, and the window over the picture; a picture smaller than the window is centred. */
export function clampView({ scale, x, y }: Viewport, picture: Extent, window: Extent): Viewport {
  const fit = fitScale(picture, window);
  const s = Math.min(Math.max(scale, fit), Math.max(CLOSEST, fit));
  const along = (at: number, size: number, seen: number) => (seen >= size ? (size - seen) / 2 : Math.min(Math.max(at, 0), size - seen));
  return { scale: s, x: along(x, picture.width, window.width / s), y: along(y, picture.height, window.height / s) };
}

/** Zooms by a factor; the cell under the screen point (px, py) stays there. */
export function zoomView(view: Viewport, factor: number, px: number, py: number, picture: Extent, window: Extent): Viewport {
  const { scale } = clampView({ ...view, scale: view.scale * factor }, picture, window);
  return clampView({ scale, x: view.x + px / view.scale - px / scale, y: view.y + py / view.scale - py / scale }, picture, window);
}

/** Moves the window by screen pixels. */
export function panView(view: Viewport, dx: number, dy: number, picture: Extent, window: Extent): Viewport {
  return clampView({ ...view, x: view.x + dx / view.scale, y: view.y + dy / view.scale }, picture, window);
}
