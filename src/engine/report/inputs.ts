/** Which inputs a run kept, for report.json; its mask file; and the index beside a compact model that reads a part of each sample. */
import path from 'node:path';
import { RUN_FILES } from '../../shared/ids';
import type { Inputs } from '../../shared/report';
import { toJson, writeAtomic } from '../../store/atomic';
import type { NarrowedInputs } from '../compact/inputs';
import { narrow } from '../compact/narrow';
import type { Dataset, Split } from '../data/dataset';
import { countGraph } from '../nn/count';
import type { Graph } from '../nn/graph';
import { inputUnits } from '../nn/inputReaders';
import { plainInputs, type KeptInputs } from '../nn/keptInputs';
import { volume } from '../nn/shapes';
import type { NetworkValues } from '../nn/values';
import { keepCount } from '../schedules/keep';
import { keptByRow } from './masks';

/** Of more classes the mean of all is shown: nobody looks through more maps. */
const MOST_CLASSES = 20;

export interface Selected {
  dataset: Dataset;
  /** The masked network, and what was traced through it. */
  graph: Graph;
  masked: NetworkValues;
  limits: NarrowedInputs['limits'];
  /** What the compact network reads of a whole sample. */
  inputs: KeptInputs;
  /** Fraction of the inputs that the experiment asked to keep. */
  keep: number;
}

/** Writes the mask and returns the report's part. */
export async function writeInputs(runDir: string, { dataset, graph, masked, limits, inputs, keep }: Selected): Promise<Inputs> {
  const total = volume(inputs.shape);
  const mask = new Uint8Array(total);
  for (const at of inputs.kept) mask[at] = 1;
  await writeAtomic(path.join(runDir, RUN_FILES.inputMask), mask);
  const { params, macs } = countGraph(narrow(graph, masked).graph);
  const cropped = inputs.crop && Object.values(inputs.crop).some((n) => n > 0);
  return {
    shape: inputs.shape,
    total,
    kept: inputs.kept.length,
    mask: { file: RUN_FILES.inputMask },
    map: mapOf(inputs.shape, mask),
    crop: cropped ? inputs.crop : null,
    classMeans: classMeans(dataset),
    limits: [...limits, ...whyNoMore(graph, inputs, keep)],
    weightsOnly: { params, macs },
  };
}

export async function writeInputIndex(runDir: string, inputs: KeptInputs): Promise<void> {
  await writeAtomic(path.join(runDir, RUN_FILES.inputIndex), toJson(plainInputs(inputs)));
}

function mapOf(shape: readonly number[], mask: Uint8Array): Inputs['map'] {
  if (shape.length !== 3) return null;
  const [height, width, channels] = shape as [number, number, number];
  return { height, width, counts: keptByRow(mask, channels) };
}

/** Where more is left than was asked for. */
function whyNoMore(graph: Graph, { kept }: KeptInputs, keep: number): string[] {
  const input = graph.nodes[0]!;
  const { readers, numbers } = inputUnits(graph);
  if (input.op !== 'input' || kept.length <= keepCount(keep, input.features)) return [];
  if (numbers === 1) return ['Some of the inputs that were cut reach the outputs past all layers with weights, so they stay.'];
  const names = readers.map(({ node }) => node.name).join(', ');
  return [
    `${names} ${readers.length === 1 ? 'reads' : 'read'} every position of the image with the same weights: whole channels can go (one stays), and outer rows and columns, but no single pixels.`,
  ];
}

function classMeans({ image, classes, classNames, train }: Dataset): Inputs['classMeans'] {
  if (image.length !== 3) return [];
  const all = classes > MOST_CLASSES;
  const { sums, counts } = classSums(train, image, all ? 1 : classes, all ? () => 0 : (row) => train.labels[row]!);
  const means = sums.map((sum, c) => sum.map((s) => (counts[c]! > 0 ? s / counts[c]! : 0)));
  const toByte = scale(train, means);
  return means.map((mean, c) => ({
    name: all ? 'all classes' : (classNames?.[c] ?? String(c)),
    pixels: Array.from(mean, toByte),
  }));
}

/** Sums of the pixels' means over the channels, by class, and how many samples each has. */
function classSums({ pixels, count }: Split, image: readonly number[], classes: number, classOf: (row: number) => number) {
  const [height, width, channels] = image as [number, number, number];
  const sums = Array.from({ length: classes }, () => new Float64Array(height * width));
  const counts = new Float64Array(classes);
  for (let row = 0, at = 0; row < count; row++) {
    const c = classOf(row);
    const sum = sums[c]!;
    counts[c]!++;
    for (let pixel = 0; pixel < sum.length; pixel++) {
      let value = 0;
      for (let channel = 0; channel < channels; channel++) value += pixels[at++]!;
      sum[pixel]! += value / channels;
    }
  }
  return { sums, counts };
}

/** Bytes as they are; floats from the least of the means to the greatest. */
function scale({ pixels }: Split, means: readonly Float64Array[]): (value: number) => number {
  if (pixels instanceof Uint8Array) return Math.round;
  let [min, max] = [Infinity, -Infinity];
  for (const mean of means) for (const v of mean) [min, max] = [Math.min(min, v), Math.max(max, v)];
  return (value) => Math.round((255 * (value - min)) / (max - min || 1));
}
