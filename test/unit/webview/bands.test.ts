import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  bandCounts,
  bandWidth,
  clampView,
  describeWeight,
  fitScale,
  inputPixel,
  maskPixels,
  panView,
  zoomView,
} from '../../../webview/charts/bandGrid';

const mnist = { width: 28, height: 28, inputs: 784, neurons: 300 };
const cifar = { width: 32, height: 32, inputs: 3072, neurons: 10 };

describe('bands', () => {
  it('are the rows of the image', () => {
    expect(bandWidth(mnist)).toBe(28);
    expect(bandWidth(cifar)).toBe(96);
    expect(bandWidth({ ...mnist, inputs: 100 })).toBeNull();
  });

  it('tell the pixel of an input', () => {
    expect(inputPixel(11 * 28 + 14, mnist)).toEqual({ row: 11, column: 14, channel: 0, channels: 1 });
    expect(inputPixel(96 + 3 * 5 + 2, cifar)).toEqual({ row: 1, column: 5, channel: 2, channels: 3 });
    expect(describeWeight(11 * 28 + 14, 119, true, mnist)).toBe('input row 12, column 15, neuron 120: kept');
    expect(describeWeight(2, 0, false, cifar)).toBe('input row 1, column 1, channel 3, neuron 1: pruned');
  });

  it('count what is left in each', () => {
    const bytes = new Uint8Array(784 * 300);
    bytes[0] = 1;
    bytes[27 * 300 + 299] = 1;
    bytes[28 * 300] = 1;
    bytes[783 * 300 + 299] = 1;
    const counts = bandCounts(bytes, mnist);
    expect(counts).toHaveLength(28);
    expect([counts[0], counts[1], counts[2], counts[27]]).toEqual([2, 1, 0, 1]);
  });

  it('draw inputs across and neurons down', () => {
    // Two inputs, three neurons; input 1 reaches neuron 2.
    const pixels = maskPixels(Uint8Array.from([0, 0, 0, 0, 0, 1]), 2, 3, [10, 20, 30]);
    expect(pixels).toHaveLength(24);
    expect([...pixels.slice(20)]).toEqual([10, 20, 30, 255]);
    expect(pixels.slice(0, 20).some(Boolean)).toBe(false);
  });
});

describe('the window on the mask', () => {
  const picture = { width: 784, height: 300 };
  const window = { width: 392, height: 150 };

  it('starts with all in sight', () => {
    expect(fitScale(picture, window)).toBe(0.5);
    expect(clampView({ scale: 0, x: 9, y: 9 }, picture, window)).toEqual({ scale: 0.5, x: 0, y: 0 });
  });

  it('zooms about the pointer', () => {
    const view = zoomView({ scale: 0.5, x: 0, y: 0 }, 4, 200, 70, picture, window);
    expect(view.scale).toBe(2);
    expect([view.x + 200 / 2, view.y + 70 / 2]).toEqual([400, 140]);
  });

  it('pans by screen pixels and stops at the borders', () => {
    const view = panView({ scale: 2, x: 10, y: 10 }, 30, -1000, picture, window);
    expect(view).toEqual({ scale: 2, x: 25, y: 0 });
  });

  it('never leaves the picture', () => {
    const number = fc.double({ min: -5000, max: 5000, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), number, number, (scale, x, y) => {
        const view = clampView({ scale, x, y }, picture, window);
        expect(view.scale).toBeGreaterThanOrEqual(0.5);
        expect(view.scale).toBeLessThanOrEqual(24);
        expect(view.x).toBeGreaterThanOrEqual(0);
        expect(view.x + window.width / view.scale).toBeLessThanOrEqual(784 + 1e-9);
        expect(view.y + window.height / view.scale).toBeLessThanOrEqual(300 + 1e-9);
      }),
    );
  });
});
