import type { Dataset } from '../data/dataset';
import type { Graph } from '../nn/graph';
import type { KeptInputs } from '../nn/keptInputs';
import { toSamples, type Samples } from './samples';

/** The three parts of a data set as one network reads them. */
export interface Splits {
  train: Samples;
  validation: Samples;
  test: Samples;
}

/** @param inputs what the network reads of each sample; all where null */
export function toSplits(dataset: Dataset, graph: Graph, inputs: KeptInputs | null): Splits {
  const input = graph.nodes[0];
  if (input?.op !== 'input') throw new Error('a graph begins with its input');
  const samples = (split: 'train' | 'validation' | 'test') => toSamples(dataset[split], dataset, input, inputs?.kept);
  return { train: samples('train'), validation: samples('validation'), test: samples('test') };
}

export function disposeSplits({ train, validation, test }: Splits): void {
  for (const samples of [train, validation, test]) samples.dispose();
}
