/** What the pictures of classes (tree, graph, correlations) have in common. Each has a canvas of its own; `classes.ts` shows one of them. */
import type { Lasso } from '../../src/shared/report';
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
