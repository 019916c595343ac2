/** How much memory a run will need, estimated before it begins: which large arrays there are at its fullest moment. */
import type { Dataset } from '../data/dataset';
import type { Graph, Node } from '../nn/graph';
import { countGraph } from '../nn/count';
import { shapes, volume } from '../nn/shapes';

/** Node with TensorFlow's library, before any data: 306 MB at most was measured on Linux with 2 threads. */
const KERNELS = 300e6;

/** Rows of samples up to this size stay with the kernels as float32 (train/samples.ts). */
const RESIDENT = 256e6;

/**
 * Numbers that are held for each parameter: with the kernels weight, momentum, mask and gradient; in the program the initial values, weight
 * and momentum of the last epoch, and those two again in the checkpoint's bytes, which are put together and then joined to their digest.
 */
const COPIES = 4 + 1 + 2 + 2 * 2;

/** Tensors of the largest node's size at once beside those that are kept: a gradient, the one made from it, what the kernel works in. */
const IN_WORK = 3;

export interface MemoryEstimate {
  kernels: number;
  data: number;
  parameters: number;
  activations: number;
  total: number;
}

type Held = Pick<Dataset, 'train' | 'validation' | 'test' | 'augment'>;

/**
 * Bytes that a run holds at its fullest moment, of samples held in memory and the network before any cut.
 *
 * @param batch samples of a training step
 * @param inferenceBatch samples that go through the network at once where it is measured
 */
export function estimateMemory(graph: Graph, dataset: Held, batch: number, inferenceBatch: number): MemoryEstimate {
  const shapeOf = shapes(graph);
  const size = (name: string) => volume(shapeOf.get(name)!);
  const largest = Math.max(...graph.nodes.map(({ name }) => size(name)));
  const kept = [...keptForBackward(graph)].reduce((sum, name) => sum + size(name), 0);
  const training = 4 * batch * (kept + IN_WORK * largest);
  const inference = 4 * inferenceBatch * IN_WORK * largest;

  const input = graph.nodes[0]!;
  const flat = input.op === 'input' && input.flat === true && dataset.augment === 'none';
  const data = [dataset.train, dataset.validation, dataset.test].reduce((sum, { pixels, labels }) => {
    const floats = 4 * pixels.length;
    return sum + pixels.byteLength + labels.byteLength + 4 * labels.length + (flat && floats <= RESIDENT ? floats : 0);
  }, 0);

  const parts = {
    kernels: KERNELS,
    data,
    parameters: 4 * COPIES * countGraph(graph).params,
    activations: Math.max(training, inference),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

/** Nodes whose output a training step keeps for the backward pass (what each layer of train/layers `rereads`), each once. */
function keptForBackward(graph: Graph): Set<string> {
  return new Set(
    graph.nodes.flatMap((node: Node): string[] => {
      switch (node.op) {
        case 'dense':
        case 'conv':
        case 'batch-norm':
          return [node.from];
        case 'relu':
          return [node.name];
        case 'max-pool':
          return [node.from, node.name];
        default:
          return [];
      }
    }),
  );
}
