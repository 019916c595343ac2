/** Draws a map of kept inputs. */
import { outline, pixelColours, type PixelMap } from './inputGrid';
import { css } from './palette';

/** The map with its corner at the origin of `context`, each pixel `side` long; what is kept has a white outline. */
export function drawPixels(context: CanvasRenderingContext2D, map: PixelMap, image: readonly number[] | null, side: number): void {
  pixelColours(map, image).forEach((colour, i) => {
    context.fillStyle = css(colour);
    context.fillRect((i % map.width) * side, Math.floor(i / map.width) * side, side, side);
  });
  context.fillStyle = 'white';
  for (const { x, y, down } of outline(map)) {
    if (down) context.fillRect(x * side, y * side, 1, side + 1);
    else context.fillRect(x * side, y * side, side + 1, 1);
  }
}
