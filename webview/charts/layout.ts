/** The parts that every chart has, in their order. */
import { h } from '../dom';

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
