/**
 * Which numbers of a whole sample a network reads: the file beside a compact model that reads a part, the same in the model's metadata, and
 * the network behind that selection, which reads whole samples.
 */
import * as z from 'zod';
import { rewired, type Graph, type InputNode, type Node } from './graph';
import { selectionMatrix } from './selection';
import { volume } from './shapes';
import type { NetworkValues } from './values';

const index = z.int().nonnegative();

export const Crop = z.object({ top: index, bottom: index, left: index, right: index });
/** Rows and columns of an image that go, by side. */
export type Crop = z.infer<typeof Crop>;

export const KeptInputs = z
  .object({
    /** Of a whole sample: [height, width, channels], or [features]. */
    shape: z.array(z.int().positive()).min(1).max(3),
    /** Positions of the kept numbers in a whole sample, row by row, rising. */
    kept: z
      .array(index.max(2 ** 31 - 1))
      .min(1)
      .transform((kept): Int32Array => Int32Array.from(kept)),
    /** What went of the image's sides, and which of its channels stay; null where the numbers of a sample go one by one. */
    crop: z.nullable(Crop),
    channels: z.nullable(z.array(index)),
  })
  .refine(({ shape, kept }) => kept.every((at, i) => at < volume(shape) && (i === 0 || at > kept[i - 1]!)), {
    error: 'kept must rise and lie within the sample',
  })
  .refine(isThatPart, { error: 'crop and channels must be both null, or name what is kept' });
export type KeptInputs = z.infer<typeof KeptInputs>;

/** Do crop and channels, where they are given, name the numbers that are kept? Their product is compared before the numbers are made. */
function isThatPart({
  shape,
  kept,
  crop,
  channels,
}: {
  shape: number[];
  kept: Int32Array;
  crop: Crop | null;
  channels: number[] | null;
}): boolean {
  if (!crop || !channels) return crop === null && channels === null;
  if (shape.length !== 3 || channels.some((c) => c >= shape[2]!)) return false;
  const [height, width] = [shape[0]! - crop.top - crop.bottom, shape[1]! - crop.left - crop.right];
  if (height < 1 || width < 1 || height * width * channels.length !== kept.length) return false;
  const part = partOfImage(shape, crop, channels);
  return part.kept.every((at, i) => at === kept[i]);
}

/** As JSON has it. */
export const plainInputs = ({ shape, kept, crop, channels }: KeptInputs) => ({ shape, kept: [...kept], crop, channels });

/** Of a sample that is a row, or an image that is read as one. */
export const someNumbers = (shape: readonly number[], kept: Int32Array): KeptInputs => ({
  shape: [...shape],
  kept,
  crop: null,
  channels: null,
});

/** Of an image [height, width, channels] that stays one. */
export function partOfImage(shape: readonly number[], crop: Crop, channels: readonly number[]): KeptInputs {
  const [height, width, all] = shape as [number, number, number];
  const kept: number[] = [];
  for (let y = crop.top; y < height - crop.bottom; y++) {
    for (let x = crop.left; x < width - crop.right; x++) for (const c of channels) kept.push((y * width + x) * all + c);
  }
  return { shape: [...shape], kept: Int32Array.from(kept), crop, channels: [...channels] };
}

/** What the second keeps of the first one's numbers, as positions in the first one's whole sample. */
export function composeInputs(first: KeptInputs, second: KeptInputs): KeptInputs {
  const kept = second.kept.map((at) => first.kept[at]!);
  if (!first.crop || !second.crop) return someNumbers(first.shape, kept);
  const [a, b] = [first.crop, second.crop];
  return {
    shape: first.shape,
    kept,
    crop: { top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right },
    channels: second.channels!.map((c) => first.channels![c]!),
  };
}

/**
 * A network that reads a part of a sample, behind the selection of that part: it reads whole samples, as the network `whole` does. The
 * selection has no parameters to train: of rows it is a `select`; of images a convolution with a one-hot kernel so large that its `valid`
 * positions are the crop. `fixed` names it where it is a convolution.
 *
 * @param whole the input of whole samples; numbers of an image that go one by one are selected after flattening
 */
export function behindSelection(
  { graph, values }: { graph: Graph; values: NetworkValues },
  { shape, kept, crop, channels }: KeptInputs,
  whole: InputNode,
): { graph: Graph; values: NetworkValues; fixed: string[] } {
  const [input, ...rest] = graph.nodes;
  const free = freeNames(graph, whole.name);
  const nodes: Node[] = [whole];
  const last = () => nodes.at(-1)!.name;
  const fixed: string[] = [];
  const added: NetworkValues = new Map(values);
  if (!crop || !channels) {
    if (!whole.flat) nodes.push({ op: 'flatten', name: free('whole_sample'), from: last() });
    nodes.push({ op: 'select', name: free('kept_inputs'), from: last(), indices: [...kept] });
  } else {
    const { top, bottom, left, right } = crop;
    const kernel = [top + bottom + 1, left + right + 1] as const;
    const inputs = shape[2]!;
    const name = free('kept_inputs');
    if (kernel[0] * kernel[1] === 1) nodes.push({ op: 'select', name, from: last(), indices: channels });
    else {
      const weights = new Float32Array(kernel[0] * kernel[1] * inputs * channels.length);
      weights.set(selectionMatrix(inputs, channels), (top * kernel[1] + left) * inputs * channels.length);
      const size = { inputs, outputs: channels.length, kernel, strides: [1, 1] as const };
      nodes.push({ op: 'conv', name, from: last(), ...size, padding: 'valid', bias: false });
      added.set(name, { weights, bias: new Float32Array(0), mask: Uint8Array.from(weights) });
      fixed.push(name);
    }
  }
  const selected = last();
  nodes.push(...rest.map((node) => rewired(node, (name) => (name === input!.name ? selected : name))));
  return { graph: { ...graph, nodes }, values: added, fixed };
}

function freeNames({ nodes }: Graph, input: string): (wanted: string) => string {
  const taken = new Set([input, ...nodes.slice(1).map(({ name }) => name)]);
  return (wanted) => {
    let name = wanted;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return name;
  };
}
