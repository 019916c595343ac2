/** What the pictures of classes (tree, graph, correlations) have in common. Each has a canvas of its own; `classes.ts` shows one of them. */
import type { Lasso } from '../../src/shared/report';
import { themeColor } from '../theme';
import type { Grid } from './cells';

export interface ClassPicture {
  canvas: HTMLCanvasElement;
  /** Does the run have it? */
  has(lasso: Lasso): boolean;
  /** What it shows, in a sentence or two. */
  caption(lasso: Lasso): string;
  grid(lasso: Lasso): Grid;
  /** `width`: room, in CSS pixels. `plain`: without what is pointed at. */
  draw(width: number, plain: boolean): void;
  /** Other data: nothing is pointed at any more. */
  reset(): void;
}

/**
 * `lasso` gives the data as they are now; `point` is told that something is pointed at: what is said of it (null: nothing is), and its place on
 * the canvas where keys led there, so that it is scrolled to.
 */
export type MakePicture = (lasso: () => Lasso, point: (said: string | null, at?: { x: number; y: number }) => void) => ClassPicture;

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
