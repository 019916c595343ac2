/**
 * The built-in set `digits`: 28×28 digits drawn from strokes, for a machine without data. Each sample is a hand-designed skeleton whose
 * points are jittered, bent by a smooth displacement, rotated, sheared, scaled and moved, then drawn with a pen of its own width and some
 * noise. A sample depends only on the seed, its split and its index, so a smaller set is the beginning of a larger one.
 */
import { createHash } from 'node:crypto';
import { stream, type Rng } from '../random';
import type { Dataset, Split } from './dataset';
import { normalisation } from './normalisation';
import type { Sizes } from './split';
import { STROKES, type Point } from './strokes';

const SIDE = 28;
const FEATURES = SIDE * SIDE;

/** How far samples stray from the skeletons; chosen so that LeNet-300-100 makes about as many errors as on MNIST. */
const SPREAD = { jitter: 0.022, bend: 0.045, rotation: 0.16, shear: 0.2, scale: 0.11, shift: 1.3, noise: 9 };

interface Drawn extends Split {
  pixels: Uint8Array;
  labels: Uint8Array;
}
export interface DrawnDigits extends Dataset {
  train: Drawn;
  validation: Drawn;
  test: Drawn;
  normalise: { mean: number; std: number };
}

export function drawDigits(options: { seed: number } & Sizes, what: string): DrawnDigits {
  const splits = {
    train: drawSplit(options.seed, 'train', options.train),
    validation: drawSplit(options.seed, 'validation', options.validation),
    test: drawSplit(options.seed, 'test', options.test),
  };
  return {
    name: 'digits',
    source: 'drawn by Prune Lab',
    image: [SIDE, SIDE, 1],
    classes: 10,
    classNames: null,
    normalise: normalisation(splits.train.pixels),
    augment: 'none',
    digests: Object.fromEntries(
      Object.entries(splits).map(([name, s]) => [name, createHash('sha256').update(s.pixels).update(s.labels).digest('hex')]),
    ),
    ...splits,
    note: `digits: ${what}`,
  };
}

function drawSplit(seed: number, split: string, count: number): Drawn {
  const pixels = new Uint8Array(count * FEATURES);
  const labels = new Uint8Array(count);
  let block: Int32Array = new Int32Array(0);
  for (let i = 0; i < count; i++) {
    // ten consecutive samples hold each digit once, in random order: balanced whatever the count
    if (i % 10 === 0) block = stream(seed, 'digits', split, 'labels', i / 10).permutation(10);
    labels[i] = block[i % 10]!;
    drawDigit(labels[i]!, stream(seed, 'digits', split, i), pixels.subarray(i * FEATURES, (i + 1) * FEATURES));
  }
  return { pixels, labels, count };
}

function drawDigit(digit: number, rng: Rng, out: Uint8Array): void {
  const styles = STROKES[digit]!;
  const place = placement(rng);
  const radius = 0.95 + 0.75 * rng.uniform();
  const ink = 200 + 55 * rng.uniform();
  const distance = new Float32Array(FEATURES).fill(Infinity);
  for (const stroke of styles[rng.int(styles.length)]!) {
    const points = smooth(stroke.map(([x, y]): Point => [x + SPREAD.jitter * rng.normal(), y + SPREAD.jitter * rng.normal()])).map(place);
    for (let i = 1; i < points.length; i++) nearTo(distance, points[i - 1]!, points[i]!, radius + 1);
  }
  for (let p = 0; p < FEATURES; p++) {
    const coverage = Math.min(1, Math.max(0, radius + 0.5 - distance[p]!));
    if (coverage > 0) out[p] = Math.max(0, Math.min(255, Math.round(ink * coverage + SPREAD.noise * rng.normal())));
  }
}

/** A random map from the unit square (x right, y down) to pixels: a smooth bend, then an affine map about the centre. */
function placement(rng: Rng): (point: Point) => Point {
  const waves = Array.from({ length: 4 }, () => ({
    amplitude: SPREAD.bend * rng.normal(),
    fx: 2 * rng.uniform(),
    fy: 2 * rng.uniform(),
    phase: 2 * Math.PI * rng.uniform(),
  }));
  const wave = (k: number, x: number, y: number) => {
    const w = waves[k]!;
    return w.amplitude * Math.sin(Math.PI * (w.fx * x + w.fy * y) + w.phase);
  };
  const angle = SPREAD.rotation * rng.normal();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const shear = SPREAD.shear * rng.normal();
  const scaleX = 19 * (1 + SPREAD.scale * rng.normal());
  const scaleY = 20 * (1 + SPREAD.scale * rng.normal());
  const [shiftX, shiftY] = [SPREAD.shift * rng.normal(), SPREAD.shift * rng.normal()];
  return ([x0, y0]) => {
    const y = y0 - 0.5 + wave(0, x0, y0) + wave(1, x0, y0);
    const x = x0 - 0.5 + wave(2, x0, y0) + wave(3, x0, y0) - shear * y;
    return [13.5 + shiftX + scaleX * (cos * x - sin * y), 13.5 + shiftY + scaleY * (sin * x + cos * y)];
  };
}

/** Catmull-Rom curve through the points, four pieces between neighbours; a stroke of two points stays a line. */
function smooth(points: Point[]): Point[] {
  if (points.length < 3) return points;
  const at = (i: number) => points[Math.min(points.length - 1, Math.max(0, i))]!;
  const out: Point[] = [points[0]!];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let k = 1; k <= 4; k++) {
      const t = k / 4;
      const blend = (j: 0 | 1) =>
        b[j] + 0.5 * t * (c[j] - a[j] + t * (2 * a[j] - 5 * b[j] + 4 * c[j] - d[j] + t * (3 * (b[j] - c[j]) + d[j] - a[j])));
      out.push([blend(0), blend(1)]);
    }
  }
  return out;
}

/** Lowers `distance` of the pixels within `reach` of the segment to their distance from it. */
function nearTo(distance: Float32Array, [x1, y1]: Point, [x2, y2]: Point, reach: number): void {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length2 = dx * dx + dy * dy || 1;
  const clip = (v: number) => Math.max(0, Math.min(SIDE - 1, v));
  const [left, right] = [clip(Math.ceil(Math.min(x1, x2) - reach)), clip(Math.floor(Math.max(x1, x2) + reach))];
  const [top, bottom] = [clip(Math.ceil(Math.min(y1, y2) - reach)), clip(Math.floor(Math.max(y1, y2) + reach))];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const t = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / length2));
      const [ex, ey] = [x - x1 - t * dx, y - y1 - t * dy];
      const d = Math.sqrt(ex * ex + ey * ey);
      if (d < distance[y * SIDE + x]!) distance[y * SIDE + x] = d;
    }
  }
}
