import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { writeAtomic, toJson } from '../../store/atomic';
import type { Graph } from '../nn/graph';
import type { NetworkValues } from '../train/network';

/**
 * Writes a network as a standard TensorFlow.js layers model (model.json and weights.bin) that plain `tf.loadLayersModel` opens: dense
 * layers with ReLU inside, logits at the end. `metadata` lands in userDefinedMetadata: what the input must look like.
 */
export async function saveLayersModel(file: string, graph: Graph, values: NetworkValues, metadata: object): Promise<void> {
  const model = layersModel(graph, values);
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((a) => {
      artifacts = a;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  model.dispose();
  const { modelTopology, weightSpecs, weightData, format, generatedBy } = artifacts!;
  await writeAtomic(path.join(path.dirname(file), 'weights.bin'), new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
  await writeAtomic(
    file,
    toJson({
      format,
      generatedBy,
      convertedBy: null,
      modelTopology,
      weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      userDefinedMetadata: metadata,
    }),
  );
}

function layersModel(graph: Graph, values: NetworkValues): tf.Sequential {
  const activated = new Set(graph.nodes.flatMap((n) => (n.op === 'relu' ? [n.from] : [])));
  const input = graph.nodes[0]!;
  const model = tf.sequential({ name: graph.name });
  for (const node of graph.nodes) {
    if (node.op !== 'dense') continue;
    model.add(
      tf.layers.dense({
        name: node.name,
        units: node.outputs,
        activation: activated.has(node.name) ? 'relu' : 'linear',
        // zeros, not the default: drawing random values only to overwrite them costs time
        kernelInitializer: 'zeros',
        ...(model.layers.length === 0 && input.op === 'input' ? { inputShape: [input.features] } : {}),
      }),
    );
    const { weights, bias } = values.get(node.name)!;
    const tensors = [tf.tensor2d(weights, [node.inputs, node.outputs]), tf.tensor1d(bias)];
    model.layers.at(-1)!.setWeights(tensors);
    tf.dispose(tensors);
  }
  return model;
}
