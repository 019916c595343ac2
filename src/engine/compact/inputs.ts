/**
 * Induced feature selection (Hubens et al. 2023): traces through the masked network which inputs feed nothing but zeros (dead neurons,
 * additions, concatenations and selections are seen through) and leaves them out, with the weights that read them. Of rows single numbers
 * go, of images whole channels and, with the outer rows and columns of kernels, rows and columns at the sides. Linear in the graph.
 */
import type { Graph, InputNode } from '../nn/graph';
import { partOfImage, someNumbers, type KeptInputs } from '../nn/keptInputs';
import type { NetworkValues } from '../nn/values';
import { cropImage } from './crop';
import { narrow, type Narrowed } from './narrow';
import { asRows } from '../nn/rows';

export interface NarrowedInputs extends Narrowed {
  /** What the network reads of the samples that the given one read. */
  selected: KeptInputs;
  /** Why rows or columns of the image stay although outer ones of kernels are zero, a sentence each. */
  limits: string[];
}

/** The compact network of a masked one, without the inputs that nothing reads. */
export function narrowInputs(graph: Graph, values: NetworkValues): NarrowedInputs {
  const whole = graph.nodes[0] as InputNode;
  const narrowed = narrow(asRows(graph), values, { input: 'read' });
  const channels = narrowed.kept.get(whole.name)!;
  const { crop, limits, ...cropped } = cropImage(narrowed.graph, narrowed.values);
  const input = narrowed.graph.nodes[0] as InputNode;
  const selected =
    input.flat || !whole.image ? someNumbers(whole.image ?? [whole.features], channels) : partOfImage(whole.image, crop, [...channels]);
  const removed = { ...narrowed.removed, unusedInputs: whole.features - selected.kept.length };
  return { ...narrowed, ...cropped, removed, selected, limits };
}
