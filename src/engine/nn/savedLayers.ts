/** A saved model's layers as the nodes of a graph, with their values. Pure: the weights are read before. */
import { plural } from '../../shared/text';
import type { Graph, Node } from './graph';
import { Configs, type Activation, type ClassName, type Config, type Margins } from './savedConfigs';
import { savedErrors } from './savedErrors';
import { NodeNames } from './savedNames';
import type { SavedLayer, SavedTopology } from './savedTopology';
import type { SavedWeights } from './savedWeights';
import { channelRouting } from './savedRouting';
import { nodeShape, volume, type Shape } from './shapes';
import type { LayerValues, NetworkValues } from './values';

/** What a layer gives, as those that read it see it. */
interface Output {
  node: string;
  shape: Shape;
  /** Zeros that still have to be put around it. */
  margins?: Margins;
  /** The layer with the softmax that still has to be applied. */
  softmax?: string;
  /** Images saved without a channel axis. */
  noChannels?: boolean;
}

export interface SavedNetwork {
  graph: Graph;
  values: NetworkValues;
  /** What the graph leaves out of the file or says in another way, in sentences. */
  notes: string[];
}

export class LayerReader {
  private readonly nodes: Node[] = [];
  private readonly values: NetworkValues = new Map();
  private readonly notes: string[] = [];
  private readonly outputs = new Map<string, Output>();
  private readonly names: NodeNames;

  constructor(
    private readonly file: string,
    private readonly topology: SavedTopology,
    private readonly weights: SavedWeights,
  ) {
    this.names = new NodeNames(topology.layers);
  }

  read(): SavedNetwork {
    this.topology.layers.forEach((layer, i) => this.outputs.set(layer.name, this.layer(layer, this.names.of(i))));
    const output = this.outputs.get(this.topology.output)!;
    if (output.margins) throw savedErrors.zeroPadding(this.topology.layers.at(-1)!, 'it is the end of the network');
    if (output.softmax) this.notes.push(`The softmax of ${output.softmax} at the end is left out: networks end in logits here.`);
    if (output.shape.length !== 1) throw savedErrors.notLogits(this.file, output.shape);
    if (!this.nodes.some((node) => node.op === 'dense' || node.op === 'conv')) throw savedErrors.noWeights(this.file);
    const graph = { name: this.topology.name ?? 'saved', description: description(this.nodes), nodes: this.nodes };
    return { graph, values: this.values, notes: this.notes };
  }

  private layer(layer: SavedLayer, name: string): Output {
    const className = layer.className as ClassName;
    const inputs = layer.from.map((from) => this.outputs.get(from)!);
    const [first] = inputs;
    for (const input of inputs) {
      if (className === 'Dropout') continue;
      if (input.softmax) throw savedErrors.softmaxInside(layer, input.softmax);
      if (input.margins && className !== 'Conv2D') throw savedErrors.zeroPadding(layer, 'it reads an image with zeros around it');
      if (input.noChannels && className !== 'Flatten') throw savedErrors.rowsAsImage(layer);
    }
    if (className === 'InputLayer') return this.input(layer, name, config(className, layer));
    if (!first) throw savedErrors.unconnected(layer.file, layer.name);
    const from = first.node;
    if (className === 'Add' || className === 'Concatenate') {
      if (className === 'Concatenate') lastAxis(layer, config(className, layer).axis, first.shape);
      const all = inputs.map((input) => input.node);
      return this.put(layer, { op: className === 'Add' ? 'add' : 'concat', name, from: all }, inputs);
    }
    if (inputs.length > 1) throw savedErrors.doesNotFit(layer, `it reads ${inputs.length} layers`);

    switch (className) {
      case 'Dense':
        return this.dense(layer, name, config(className, layer), first);
      case 'Conv2D':
        return this.conv(layer, name, config(className, layer), first);
      case 'BatchNormalization':
        return this.batchNorm(layer, name, config(className, layer), first);
      case 'Activation':
        return this.activated(layer, name, config(className, layer).activation, first);
      case 'ReLU':
        config(className, layer);
        return this.activated(layer, name, 'relu', first);
      case 'Softmax':
        lastAxis(layer, config(className, layer).axis, first.shape);
        return this.activated(layer, name, 'softmax', first);
      case 'MaxPooling2D':
      case 'AveragePooling2D': {
        const { pool_size: size, strides, padding } = config(className, layer);
        const op = className === 'MaxPooling2D' ? 'max-pool' : 'average-pool';
        return this.put(layer, { op, name, from, size, strides: strides ?? size, padding }, inputs);
      }
      case 'GlobalAveragePooling2D':
        config(className, layer);
        return this.put(layer, { op: 'global-average-pool', name, from }, inputs);
      case 'Flatten':
        config(className, layer);
        return this.put(layer, { op: 'flatten', name, from }, inputs);
      case 'Dropout':
        this.notes.push(`Layer ${layer.name} (Dropout) is left out: it does nothing once a network is trained.`);
        return first;
      case 'ZeroPadding2D':
        if (first.shape.length !== 3) throw savedErrors.doesNotFit(layer, 'it reads no image');
        return { ...first, margins: config(className, layer).padding };
    }
  }

  private input(layer: SavedLayer, name: string, { batch_shape, batch_input_shape }: Config<'InputLayer'>): Output {
    const given = batch_shape ?? batch_input_shape;
    if (!given) throw savedErrors.noInputShape(this.file);
    const shape = given.slice(1).filter((n) => n !== null && n > 0) as number[];
    const features = volume(shape);
    if (shape.length < given.length - 1 || shape.length < 1 || shape.length > 3 || !Number.isSafeInteger(features)) {
      throw savedErrors.inputShape(layer, given.slice(1));
    }
    if (shape.length === 1) return this.put(layer, { op: 'input', name, features, image: null, flat: true }, []);
    const image = shape.length === 2 ? [...shape, 1] : shape;
    return { ...this.put(layer, { op: 'input', name, features, image, flat: false }, []), noChannels: shape.length === 2 };
  }

  private dense(layer: SavedLayer, name: string, { units, use_bias: bias, activation, trainable }: Config<'Dense'>, input: Output): Output {
    const inputs = input.shape.at(-1)!;
    const node: Node = { op: 'dense', name, from: input.node, inputs, outputs: units, bias };
    if (input.shape.length !== 1) throw savedErrors.doesNotFit(layer, 'it reads an image; put Flatten or GlobalAveragePooling2D before it');
    const weights = this.weights.get(layer, 'kernel', 0, [inputs, units]);
    const routing = !trainable && !bias && activation === 'linear' && channelRouting(weights, inputs, units);
    if (routing) return this.put(layer, { ...routing, name, from: input.node }, [input]);
    this.set(name, { weights, bias: bias ? this.weights.get(layer, 'bias', 1, [units]) : new Float32Array(0) });
    return this.activated(layer, this.names.relu(activation), activation, this.put(layer, node, [input]));
  }

  private conv(layer: SavedLayer, name: string, settings: Config<'Conv2D'>, input: Output): Output {
    const { filters: outputs, kernel_size: kernel, strides, use_bias: bias, activation, trainable } = settings;
    const inputs = input.shape.at(-1)!;
    const weights = this.weights.get(layer, 'kernel', 0, [...kernel, inputs, outputs]);
    const pointwise = [...kernel, ...strides].every((n) => n === 1) && !input.margins;
    const routing = pointwise && !trainable && !bias && activation === 'linear' && channelRouting(weights, inputs, outputs);
    if (routing) return this.put(layer, { ...routing, name, from: input.node }, [input]);
    const padding = input.margins ? this.joined(layer, settings, input.shape, input.margins) : settings.padding;
    this.set(name, { weights, bias: bias ? this.weights.get(layer, 'bias', 1, [outputs]) : new Float32Array(0) });
    const node: Node = { op: 'conv', name, from: input.node, inputs, outputs, kernel, strides, padding, bias };
    return this.activated(layer, this.names.relu(activation), activation, this.put(layer, node, [input]));
  }

  /** The padding of a convolution that has the zeros around its input inside, if there is one. */
  private joined(
    layer: SavedLayer,
    { kernel_size, strides, padding }: Config<'Conv2D'>,
    [...shape]: Shape,
    margins: Margins,
  ): 'same' | 'valid' {
    const fits = margins.every(([before, after], i) => {
      // As TensorFlow pads: the odd zero comes last.
      const total = Math.max((Math.ceil(shape[i]! / strides[i]!) - 1) * strides[i]! + kernel_size[i]! - shape[i]!, 0);
      return before === Math.floor(total / 2) && after === Math.ceil(total / 2);
    });
    if (padding !== 'valid' || !fits)
      throw savedErrors.zeroPadding(layer, `the zeros around what it reads (${JSON.stringify(margins)}) cannot be joined with it`);
    this.notes.push(`The zeros before ${layer.name} are part of it, as padding 'same'.`);
    return 'same';
  }

  private batchNorm(layer: SavedLayer, name: string, settings: Config<'BatchNormalization'>, input: Output): Output {
    lastAxis(layer, settings.axis, input.shape);
    const channels = input.shape.at(-1)!;
    // What is absent does not count in the order of the weights.
    const kinds = [...(settings.scale ? ['gamma'] : []), ...(settings.center ? ['beta'] : []), 'moving_mean', 'moving_variance'];
    const get = (kind: string) => this.weights.get(layer, kind, kinds.indexOf(kind), [channels]);
    // First what must be in the file, so that its size bounds what is made here.
    const [mean, variance] = [get('moving_mean'), get('moving_variance')];
    const gamma = settings.scale ? get('gamma') : new Float32Array(channels).fill(1);
    const bias = settings.center ? get('beta') : new Float32Array(channels);
    const negative = variance.findIndex((v) => v < 0);
    if (negative >= 0) throw savedErrors.weightValue(layer, 'moving_variance', negative, variance[negative]!);
    this.set(name, { weights: gamma, bias, mean, variance });
    // Keras' defaults; its momentum is the part of the running statistics that stays. Rounded: 1 - 0.9 is 0.1.
    const momentum = Number((1 - (settings.momentum ?? 0.99)).toPrecision(12));
    return this.put(layer, { op: 'batch-norm', name, from: input.node, channels, epsilon: settings.epsilon ?? 1e-3, momentum }, [input]);
  }

  private activated(layer: SavedLayer, name: string, activation: Activation, input: Output): Output {
    if (activation === 'softmax') return { ...input, softmax: layer.name };
    return activation === 'relu' ? this.put(layer, { op: 'relu', name, from: input.node }, [input]) : input;
  }

  private put(layer: SavedLayer, node: Node, inputs: readonly Output[]): Output {
    try {
      const shape = nodeShape(
        node,
        inputs.map((input) => input.shape),
      );
      this.nodes.push(node);
      return { node: node.name, shape };
    } catch (error) {
      // The message begins with the node, which the error names as the file does.
      throw savedErrors.doesNotFit(layer, (error as Error).message.replace(`${node.name} (${node.op}): `, ''));
    }
  }

  /** A file holds no masks: every weight is alive. */
  private set(name: string, values: Omit<LayerValues, 'mask'>): void {
    this.values.set(name, { ...values, mask: new Uint8Array(values.weights.length).fill(1) });
  }
}

/** The layer's settings, or model/unsupported-setting. */
function config<C extends ClassName>(className: C, layer: SavedLayer): Config<C> {
  const result = Configs[className].safeParse(layer.config);
  if (result.success) return result.data as Config<C>;
  const { path, message } = result.error.issues[0]!;
  const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], layer.config);
  const given = JSON.stringify(value);
  throw savedErrors.unsupportedSetting(
    layer,
    `${path.join('.')} is ${given === undefined ? 'missing' : given.slice(0, 80)}; it ${message}`,
  );
}

function lastAxis(layer: SavedLayer, axis: number, shape: Shape): void {
  if (axis !== -1 && axis !== shape.length) throw savedErrors.unsupportedSetting(layer, `axis is ${axis}; it must be -1, the last one`);
}

function description(nodes: readonly Node[]): string {
  const dense = nodes.filter((node) => node.op === 'dense');
  if (nodes.every(({ op }) => op === 'input' || op === 'dense' || op === 'relu')) {
    return [dense[0]!.inputs, ...dense.map((node) => node.outputs)].join('-');
  }
  const convolutions = nodes.filter((node) => node.op === 'conv').length;
  const joints = nodes.filter((node) => node.op === 'add' || node.op === 'concat').length;
  const parts = [plural(convolutions, 'convolution'), plural(dense.length, 'dense layer'), joints > 0 && plural(joints, 'joint')];
  return parts.filter(Boolean).join(', ');
}
