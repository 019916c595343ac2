/** The networks that a run leaves as TensorFlow.js models: masked and compact, and what else the compact one can be had as. */
import path from 'node:path';
import { RUN_FILES } from '../../shared/ids';
import type { Report } from '../../shared/report';
import { foldBatchNorms } from '../compact/fold';
import type { Compact } from '../compact/selected';
import type { Dataset } from '../data/dataset';
import type { Graph, InputNode } from '../nn/graph';
import { behindSelection, plainInputs, type KeptInputs } from '../nn/keptInputs';
import { volume } from '../nn/shapes';
import type { NetworkValues } from '../nn/values';
import { writeInputIndex } from './inputs';
import { saveLayersModel } from './model';

interface Networks {
  dataset: Dataset;
  graph: Graph;
  masked: NetworkValues;
  /** What the masked network reads of each sample; null where all. */
  read: KeptInputs | null;
  compact: Compact;
}

/** Writes them, and beside a compact network that reads a part of each sample which part. */
export async function writeModels(
  runDir: string,
  { dataset, graph, masked, read, compact }: Networks,
  artefact: (kind: string, file: string) => void,
): Promise<void> {
  const save = async (file: string, net: { graph: Graph; values: NetworkValues; fixed?: string[] }, inputs: KeptInputs | null) => {
    const metadata = {
      dataset: dataset.name,
      input: inputText(net.graph, inputs, dataset),
      normalise: plainNormalise(dataset.normalise),
      output: 'logits',
      ...(inputs && { inputs: plainInputs(inputs) }),
    };
    await saveLayersModel(path.join(runDir, file), net.graph, net.values, metadata, net.fixed);
    artefact('model', file);
  };
  const { selected: inputs } = compact;
  await save(RUN_FILES.maskedModel, { graph, values: masked }, read);
  await save(RUN_FILES.compactModel, compact, inputs);
  if (compact.graph.nodes.some(({ op }) => op === 'batch-norm'))
    await save(RUN_FILES.inferenceModel, foldBatchNorms(compact.graph, compact.values), inputs);
  if (!inputs) return;
  await writeInputIndex(runDir, inputs);
  artefact('inputs', RUN_FILES.inputIndex);
  await save(RUN_FILES.wholeInputModel, behindSelection(compact, inputs, wholeInput(graph, read, inputs)), null);
}

/** The input of whole samples: the run's own, unless that was a part already. */
function wholeInput(graph: Graph, read: KeptInputs | null, { shape, crop }: KeptInputs): InputNode {
  const own = graph.nodes[0] as InputNode;
  if (!read) return own;
  return { op: 'input', name: own.name, features: volume(shape), image: shape.length === 3 ? shape : null, flat: !crop };
}

function inputText(graph: Graph, inputs: KeptInputs | null, { image, train }: Dataset): string {
  const { flat } = graph.nodes[0] as InputNode;
  const shape = image.join(' × ');
  const whole = flat && image.length > 1 ? `${shape} flattened row by row` : shape;
  const layout = inputs ? `${partText(graph, inputs)} of ${shape}` : whole;
  return `[batch, ${layout}], ${train.pixels instanceof Uint8Array ? '(pixel / 255 - mean) / std' : '(value - mean) / std'}`;
}

function partText(graph: Graph, { kept, crop, channels }: KeptInputs): string {
  if (!crop || !channels) return `the ${kept.length} numbers at inputs.kept`;
  const { image } = graph.nodes[0] as InputNode;
  return `${image!.join(' × ')}: inputs.crop and inputs.channels`;
}

/** JSON and the schema want lists of their own. */
export function plainNormalise({ mean, std }: Dataset['normalise']): Report['dataset']['normalise'] {
  const plain = (value: number | readonly number[]) => (typeof value === 'number' ? value : [...value]);
  return { mean: plain(mean), std: plain(std) };
}
