import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { writeAtomic, toJson } from '../../store/atomic';
import type { DenseNode, Graph, Node } from '../nn/graph';
import { sources } from '../nn/graph';
import { routeOf } from '../nn/passing';
import { selectionMatrix } from '../nn/selection';
import { shapes, type Shape } from '../nn/shapes';
import type { LayerValues, NetworkValues } from '../nn/values';

/**
 * Writes a network as a standard TensorFlow.js layers model (model.json and weights.bin) that plain `tf.loadLayersModel` opens and
 * `readLayersModel` reads back; logits at the end. `metadata` lands in userDefinedMetadata: what the input must look like.
 * An MLP is a sequential model of dense layers with ReLU inside. Any other graph is a functional model with a layer for each node, named
 * like it; selecting and padding channels, for which there is no standard layer, are 1×1 convolutions (of rows, dense layers) with a fixed
 * one-hot kernel, not trainable; so are the convolutions that `fixed` names.
 */
export async function saveLayersModel(
  file: string,
  graph: Graph,
  values: NetworkValues,
  metadata: object,
  fixed: readonly string[] = [],
): Promise<void> {
  const model = isMlp(graph) ? sequential(graph) : functional(graph, fixed);
  let artifacts: tf.io.ModelArtifacts | undefined;
  try {
    setWeights(model, graph, values);
    await model.save(
      tf.io.withSaveHandler((a) => {
        artifacts = a;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
    );
  } finally {
    model.dispose();
  }
  const { modelTopology, weightSpecs, weightData, format, generatedBy } = artifacts!;
  const routing = graph.nodes
    .filter(({ op, name }) => op === 'select' || op === 'pad-channels' || fixed.includes(name))
    .map(({ name }) => name);
  await writeAtomic(path.join(path.dirname(file), 'weights.bin'), new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
  await writeAtomic(
    file,
    toJson({
      format,
      generatedBy,
      convertedBy: null,
      modelTopology: inOrder(modelTopology as Topology, graph),
      weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      userDefinedMetadata: routing.length > 0 ? { ...metadata, channelRouting: { what: ROUTING, layers: routing } } : metadata,
    }),
  );
}

const ROUTING = 'These layers have no parameters: their fixed one-hot kernels select channels, or put channels of zeros beside them.';

/** Can the graph be written as dense layers with ReLU inside, from which a reader restores it, names included? */
function isMlp({ nodes }: Graph): boolean {
  const relus = nodes.filter((n) => n.op === 'relu');
  return nodes.every((node, i) => {
    const before = nodes[i - 1];
    if (node.op === 'input') return node.flat && node.name === 'input';
    if (node.op === 'dense') return node.from === before!.name;
    return node.op === 'relu' && before!.op === 'dense' && node.from === before.name && node.name === `relu${relus.indexOf(node) + 1}`;
  });
}

function sequential(graph: Graph): tf.Sequential {
  const activated = new Set(graph.nodes.flatMap((n) => (n.op === 'relu' ? [n.from] : [])));
  const input = graph.nodes[0]!;
  const model = tf.sequential({ name: graph.name });
  for (const node of graph.nodes) {
    if (node.op !== 'dense') continue;
    model.add(
      tf.layers.dense({
        ...dense(node),
        activation: activated.has(node.name) ? 'relu' : 'linear',
        ...(model.layers.length === 0 && input.op === 'input' ? { inputShape: [input.features] } : {}),
      }),
    );
  }
  return model;
}

function functional(graph: Graph, fixed: readonly string[]): tf.LayersModel {
  const shapeOf = shapes(graph);
  const outputs = new Map<string, tf.SymbolicTensor>();
  for (const node of graph.nodes) {
    if (node.op === 'input') {
      outputs.set(node.name, tf.input({ name: node.name, shape: [...shapeOf.get(node.name)!] }));
    } else {
      const from = sources(node).map((name, i, all) => (all.indexOf(name) < i ? again(node, i, outputs.get(name)!) : outputs.get(name)!));
      const layer = layerOf(node, shapeOf.get(node.name)!, !fixed.includes(node.name));
      outputs.set(node.name, layer.apply(from.length === 1 ? from[0]! : from) as tf.SymbolicTensor);
    }
  }
  const [first, last] = [graph.nodes[0]!, graph.nodes.at(-1)!];
  return tf.model({ name: graph.name, inputs: outputs.get(first.name)!, outputs: outputs.get(last.name)! });
}

/** What a node reads once more, through a layer that does nothing: TensorFlow.js frees too early what one layer reads twice. */
function again(node: Node, i: number, output: tf.SymbolicTensor): tf.SymbolicTensor {
  return tf.layers.activation({ name: `${node.name}${AGAIN}${i + 1}`, activation: 'linear' }).apply(output) as tf.SymbolicTensor;
}

const AGAIN = '_source';

// Zeros, not the default: drawing random values only to overwrite them costs time.
const UNSET = { kernelInitializer: 'zeros' } as const;

const dense = (node: DenseNode) => ({ name: node.name, units: node.outputs, useBias: node.bias, ...UNSET });

/** The layer of a node whose output has the given shape; `trainable` tells of convolutions. */
function layerOf(node: Exclude<Node, { op: 'input' }>, shape: Shape, trainable: boolean): tf.layers.Layer {
  const { name } = node;
  switch (node.op) {
    case 'dense':
      return tf.layers.dense(dense(node));
    case 'conv':
      return tf.layers.conv2d({
        name,
        filters: node.outputs,
        kernelSize: [...node.kernel],
        strides: [...node.strides],
        padding: node.padding,
        useBias: node.bias,
        trainable,
        ...UNSET,
      });
    case 'batch-norm':
      // Keras' momentum is the part of the running statistics that stays. Rounded, so that 1 - 0.1 is 0.9 and comes back as 0.1.
      return tf.layers.batchNormalization({ name, axis: -1, epsilon: node.epsilon, momentum: Number((1 - node.momentum).toPrecision(12)) });
    case 'relu':
      return tf.layers.activation({ name, activation: 'relu' });
    case 'select':
    case 'pad-channels': {
      const fixed = { name, useBias: false, trainable: false, ...UNSET };
      const channels = shape.at(-1)!;
      return shape.length === 3
        ? tf.layers.conv2d({ ...fixed, filters: channels, kernelSize: [1, 1] })
        : tf.layers.dense({ ...fixed, units: channels });
    }
    case 'add':
    case 'concat':
      // Merging takes two: of one it is the identity.
      if (node.from.length === 1) return tf.layers.activation({ name, activation: 'linear' });
      return node.op === 'add' ? tf.layers.add({ name }) : tf.layers.concatenate({ name, axis: -1 });
    case 'max-pool':
      return tf.layers.maxPooling2d({ name, ...pool(node) });
    case 'average-pool':
      return tf.layers.averagePooling2d({ name, ...pool(node) });
    case 'global-average-pool':
      return tf.layers.globalAveragePooling2d({ name });
    case 'flatten':
      return tf.layers.flatten({ name });
  }
}

type PoolNode = Extract<Node, { op: 'max-pool' | 'average-pool' }>;

const pool = ({ size: [h, w], strides: [down, right], padding }: PoolNode) => ({
  poolSize: [h, w] as [number, number],
  strides: [down, right] as [number, number],
  padding,
});

function setWeights(model: tf.LayersModel, graph: Graph, values: NetworkValues): void {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    const arrays = weightsOf(nodes.get(layer.name)!, values.get(layer.name), layer.weights[0]!.shape);
    const tensors = layer.weights.map((weight, i) => tf.tensor(arrays[i]!, weight.shape as number[]));
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
}

/** A layer's arrays in the order of its weights. `kernel`: the shape of the first, which tells how many channels a routing layer reads. */
function weightsOf(node: Node, values: LayerValues | undefined, kernel: tf.Shape): Float32Array[] {
  if (node.op === 'select' || node.op === 'pad-channels') {
    const [inputs, outputs] = kernel.slice(-2) as [number, number];
    const indices = routeOf(node, 0, (name) => (name === node.name ? outputs : inputs));
    return [selectionMatrix(inputs, indices)];
  }
  const { weights, bias, mean, variance } = values!;
  return node.op === 'batch-norm' ? [weights, bias, mean!, variance!] : [weights, bias];
}

interface Topology {
  config: { layers: { name?: string }[] };
}

/**
 * TensorFlow.js lists layers by depth, which mixes branches. The graph's own order is as valid, and gives a reader the same graph back;
 * layers of `again` come before the node that they are for.
 */
function inOrder(topology: Topology, graph: Graph): Topology {
  const ranks = new Map(graph.nodes.map((node, i) => [node.name, i]));
  const rank = (name = '') => ranks.get(name) ?? (ranks.get(name.slice(0, name.lastIndexOf(AGAIN))) ?? 0) - 0.5;
  topology.config.layers.sort((a, b) => rank(a.name) - rank(b.name));
  return topology;
}
