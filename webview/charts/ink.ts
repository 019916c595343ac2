/** Words, lines and scales of colour on a canvas, in those of the theme. */
import { themeColor } from '../theme';

export const fontOf = (size: number, bold = false): string =>
  `${bold ? 'bold ' : ''}${size}px ${themeColor('--vscode-font-family', 'sans-serif')}`;

/** Sets foreground and font; returns the foreground. */
export function inked(context: CanvasRenderingContext2D, size: number): string {
  const foreground = themeColor('--vscode-foreground', 'CanvasText');
  context.fillStyle = context.strokeStyle = foreground;
  context.font = fontOf(size);
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  return foreground;
}

/** Between a name and the edge of the canvas. */
const EDGE = 4;

/** Room for the longest of the names, at most `most` CSS pixels. */
export function nameWidth(canvas: HTMLCanvasElement, names: readonly string[], size: number, most = 140): number {
  const context = canvas.getContext('2d')!;
  context.font = fontOf(size, true);
  return Math.min(most, Math.ceil(Math.max(...names.map((name) => context.measureText(name).width)))) + EDGE;
}

/** The name, shortened where it is longer than there is room. */
export function fitting(context: CanvasRenderingContext2D, name: string, width: number): string {
  if (context.measureText(name).width <= width) return name;
  let end = name.length;
  while (end > 1 && context.measureText(`${name.slice(0, end)}…`).width > width) end--;
  return `${name.slice(0, end)}…`;
}

/** A framed bar of a legend, its colour line by line; `context` is inked, and stays so. */
export function colourBar(
  context: CanvasRenderingContext2D,
  { x, top, wide, length }: { x: number; top: number; wide: number; length: number },
  colour: (y: number) => string,
): void {
  const foreground = context.strokeStyle;
  for (let y = 0; y < length; y++) {
    context.fillStyle = colour(y);
    context.fillRect(x, top + y, wide, 1);
  }
  context.fillStyle = foreground;
  context.strokeRect(x - 0.5, top - 0.5, wide + 1, length + 1);
}
