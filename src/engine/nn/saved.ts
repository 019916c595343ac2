import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { NestedTooDeep, parseJson } from '../../shared/json';
import { PruneError } from '../../shared/errors';
import type { Graph } from './graph';
import { integer } from '../../shared/text';
import { KeptInputs } from './keptInputs';
import { CLASSES } from './savedConfigs';
import { savedErrors } from './savedErrors';
import { LayerReader, type SavedNetwork } from './savedLayers';
import { parsed, readTopology } from './savedTopology';
import { Manifest, SavedWeights } from './savedWeights';

const ModelFile = z.object({
  format: z.string().nullish(),
  modelTopology: z.unknown(),
  weightsManifest: Manifest,
  /** What others write there is theirs. */
  userDefinedMetadata: z.unknown().optional(),
});
/** Bytes of a model.json. Those of the largest networks have a few million; the weights are beside it. */
const LARGEST = 64 * 2 ** 20;

/** What a model that reads a part of each sample says of it. */
const Selected = z.object({ inputs: z.unknown().optional() });

/**
 * Reads a layers model as TensorFlow.js saves it, or its converter writes it from Keras 2 or 3: model.json and its weight files.
 * One input and one output, sequential or functional, of the layers in `Configs`. A softmax at the end and dropout are left out, as the
 * notes say; layers that route channels (see `saveLayersModel`) are nodes without parameters again. All weights are alive: a file holds no
 * masks. `inputs` is what the model reads of whole samples, null where it reads all. Throws PruneErrors of code model/....
 *
 * @param file model.json
 */
export async function readLayersModel(file: string): Promise<SavedNetwork & { inputs: KeptInputs | null }> {
  const full = path.resolve(file);
  let text: string;
  try {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    const found = await stat(full);
    if (!found.isFile()) throw new Error('it is no regular file');
    if (found.size > LARGEST)
      throw savedErrors.tooLarge(full, `The file has ${integer(found.size)} bytes; at most ${integer(LARGEST)} are read.`);
    text = await readFile(full, 'utf8');
  } catch (cause) {
    throw cause instanceof PruneError ? cause : savedErrors.unreadable(full, cause);
  }
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw cause instanceof NestedTooDeep ? savedErrors.malformed(full, cause.message) : savedErrors.notJson(full, cause);
  }
  if (z.object({ format: z.literal('graph-model') }).safeParse(json).success) throw savedErrors.graphModel(full);
  const { modelTopology, weightsManifest, userDefinedMetadata } = parsed(ModelFile, json, full, 'model.json');
  const topology = readTopology(modelTopology, full, CLASSES);
  const weights = await SavedWeights.read(full, weightsManifest);
  const network = new LayerReader(full, topology, weights).read();
  return { ...network, inputs: inputsOf(userDefinedMetadata, network.graph, full) };
}

function inputsOf(metadata: unknown, { nodes }: Graph, file: string): KeptInputs | null {
  const said = Selected.safeParse(metadata).data?.inputs;
  if (said === undefined || said === null) return null;
  const inputs = parsed(KeptInputs, said, file, 'userDefinedMetadata.inputs');
  const features = nodes[0]?.op === 'input' ? nodes[0].features : 0;
  if (inputs.kept.length !== features)
    throw savedErrors.malformed(file, `userDefinedMetadata.inputs keeps ${inputs.kept.length} numbers, but the model reads ${features}`);
  return inputs;
}
