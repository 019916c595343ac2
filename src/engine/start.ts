/** The network that a run begins with: a declared architecture with drawn weights, or a saved model. */
import path from 'node:path';
import type { Experiment } from '../config/schema';
import type { Dataset } from './data/dataset';
import { architecture } from './nn/architectures';
import { modelErrors } from './nn/errors';
import { prunableLayers, type Graph } from './nn/graph';
import type { KeptInputs } from './nn/keptInputs';
import { readLayersModel } from './nn/saved';
import { volume } from './nn/shapes';
import type { NetworkValues } from './nn/values';
import { initialValues } from './train/initial';

export interface Start {
  graph: Graph;
  values: NetworkValues;
  /** What the network reads of each sample; null where it reads all. */
  inputs: KeptInputs | null;
}

/**
 * @param experimentDir what a relative path starts from; the working directory where null
 * @throws PruneError model/...: a file that cannot be read, or a network that does not fit the data
 */
export async function startingNetwork({ model, seed }: Experiment, dataset: Dataset, experimentDir: string | null): Promise<Start> {
  if (model.name !== 'saved') {
    const graph = architecture(model, dataset.image, dataset.classes);
    return { graph, values: initialValues(graph, seed), inputs: null };
  }
  const file = path.resolve(experimentDir ?? '', model.path);
  const { graph, values, inputs } = await readLayersModel(file);
  assertFits(graph, inputs, dataset, file);
  return { graph, values: model.reinitialise ? initialValues(graph, seed) : withZerosPruned(graph, values), inputs };
}

/** A file holds no masks. A weight that is exactly zero was pruned, and stays so: else training would fill a sparse network up again. */
function withZerosPruned(graph: Graph, values: NetworkValues): NetworkValues {
  const weighted = new Set(prunableLayers(graph).map(({ name }) => name));
  return new Map(
    [...values].map(([name, v]) => [name, weighted.has(name) ? { ...v, mask: Uint8Array.from(v.weights, (w) => (w === 0 ? 0 : 1)) } : v]),
  );
}

function assertFits(graph: Graph, inputs: KeptInputs | null, dataset: Dataset, file: string): void {
  const input = graph.nodes[0]!;
  const last = graph.nodes.at(-1)!;
  if (input.op !== 'input') throw new Error('a graph begins with its input');
  const reads = inputs?.shape ?? (input.image && !input.flat ? input.image : [input.features]);
  const fits = input.flat ? volume(reads) === volume(dataset.image) : String(reads) === String(dataset.image);
  if (!fits) throw modelErrors.inputMismatch(file, reads, dataset.name, dataset.image);
  if (last.op === 'dense' && last.outputs !== dataset.classes)
    throw modelErrors.classesMismatch(file, last.outputs, dataset.name, dataset.classes);
}
