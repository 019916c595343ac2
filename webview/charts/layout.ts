/** The parts that every chart has, in their order. */
import { h } from '../dom';
import type { ChartApi, Disposable } from './contract';

export interface Layout {
  element: HTMLElement;
  /** What the chart shows, in a sentence. */
  caption: HTMLElement;
}

export function layout(container: HTMLElement, tools: readonly HTMLElement[], body: readonly HTMLElement[], table: HTMLElement): Layout {
  const caption = h('figcaption');
  const element = h('figure', { class: 'chart' }, caption, h('div', { class: 'chart-tools' }, ...tools), ...body, table);
  container.append(element);
  return { element, caption };
}

/** What is said of the place that is pointed at, by mouse or keys; under the chart. */
export const statusLine = (): HTMLElement => h('output', { class: 'chart-status', 'aria-live': 'polite' });

/** A box of CSS pixels on a canvas with the screen's own pixels. Returns the context, cleared, in CSS pixels. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  const [w, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== tall) canvas.height = tall;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Scrolls a box as little as it takes for a point of its content, in CSS pixels, to be in sight with what is around it. */
export function scrollTo(box: HTMLElement, { x, y }: { x: number; y: number }): void {
  const along = (at: number, seen: number, from: number) => {
    const margin = Math.min(40, seen / 4);
    return Math.min(Math.max(from, at + margin - seen), at - margin);
  };
  box.scrollTo(along(x, box.clientWidth, box.scrollLeft), along(y, box.clientHeight, box.scrollTop));
}

/** Calls `draw` in the next frame, once however often it was asked for. */
export function oncePerFrame(draw: () => void): { ask: () => void; dispose: () => void } {
  let due = 0;
  return {
    ask() {
      due ||= requestAnimationFrame(() => {
        due = 0;
        draw();
      });
    },
    dispose() {
      cancelAnimationFrame(due);
      due = 0;
    },
  };
}

/** Calls back when a chart's element has another size, and when the editor has another theme. */
export function watched(element: HTMLElement, api: Pick<ChartApi, 'onTheme'>, onSize: () => void, onTheme = onSize): Disposable {
  const sizes = new ResizeObserver(onSize);
  sizes.observe(element);
  const theme = api.onTheme(onTheme);
  return {
    dispose() {
      sizes.disconnect();
      theme.dispose();
    },
  };
}
