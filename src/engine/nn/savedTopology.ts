/**
 * The topology of a layers model as a list of layers that each name what they read: one form for what TensorFlow.js, Keras 2 and Keras 3
 * write, sequential or functional. Pure.
 */
import * as z from 'zod';
import { integer } from '../../shared/text';
import { savedErrors, type Place } from './savedErrors';

export interface SavedLayer extends Place {
  config: unknown;
  /** The layers that it reads, in order. */
  from: readonly string[];
}

export interface SavedTopology {
  name: string | null;
  /** What leads to the output, each after what it reads; the only input layer first. */
  layers: readonly SavedLayer[];
  output: string;
}

const LayerJson = z.object({
  class_name: z.string(),
  name: z.string().nullish(),
  config: z.looseObject({ name: z.string().nullish() }),
  inbound_nodes: z.array(z.unknown()).nullish(),
});
type LayerJson = z.infer<typeof LayerJson>;

const SequentialJson = z.union([
  z.array(LayerJson).transform((layers) => ({ name: undefined, layers, build_input_shape: undefined })),
  z.object({ name: z.string().nullish(), layers: z.array(LayerJson), build_input_shape: z.unknown().optional() }),
]);

/** A network of 1000 layers is saved as some 5000. More would take minutes to read, and nothing here could train it. */
const MOST_LAYERS = 20_000;
const ManyLayers = z.union([z.array(z.unknown()), z.object({ layers: z.array(z.unknown()) }).transform(({ layers }) => layers)]);

/** Throws model/too-large, before each layer is looked at. */
function checkCount(config: unknown, file: string): void {
  const count = ManyLayers.safeParse(config).data?.length ?? 0;
  if (count > MOST_LAYERS)
    throw savedErrors.tooLarge(file, `The model has ${integer(count)} layers; at most ${integer(MOST_LAYERS)} are read.`);
}

/** A layer's output: [layer, which of its uses, which of its outputs, arguments]. */
const Reference = z.tuple([z.string(), z.literal(0), z.literal(0)]).rest(z.unknown());
/** Keras 3 writes a single one without a list around it. */
const References = z.union([z.array(Reference), Reference.transform((one) => [one])]);

const FunctionalJson = z.object({
  name: z.string().nullish(),
  layers: z.array(LayerJson),
  input_layers: References,
  output_layers: References,
});

const ModelJson = z.object({ class_name: z.string(), config: z.unknown() });
const TopologyJson = z.union([z.object({ model_config: ModelJson }).transform((t) => t.model_config), ModelJson]);

/** Parses, or throws model/malformed with the place of what is wrong. */
export function parsed<T>(schema: z.ZodType<T>, json: unknown, file: string, at: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw savedErrors.malformed(file, `${[at, ...issue.path.map(String)].join('.')}: ${issue.message}`);
}

/**
 * @param json model.json's modelTopology
 * @param supported the layer classes that may appear
 */
export function readTopology(json: unknown, file: string, supported: readonly string[]): SavedTopology {
  const model = parsed(TopologyJson, json, file, 'modelTopology');
  checkCount(model.config, file);
  const check = (layers: LayerJson[]) => layers.map((layer, index) => named(layer, index, file, supported));
  switch (model.class_name) {
    case 'Sequential': {
      const { name, layers, build_input_shape } = parsed(SequentialJson, model.config, file, 'Sequential');
      return sequential(name ?? null, check(layers), build_input_shape, file);
    }
    case 'Model':
    case 'Functional': {
      const config = parsed(FunctionalJson, model.config, file, model.class_name);
      const { length } = config.input_layers;
      if (length !== 1 || config.output_layers.length !== 1) throw savedErrors.ends(file, length, config.output_layers.length);
      const layers = check(config.layers).map((place, i) => ({
        ...place,
        from: inbound(place, config.layers[i]!.inbound_nodes ?? [], file),
      }));
      return functional(config.name ?? null, layers, config.input_layers[0]![0], config.output_layers[0]![0], file);
    }
    default:
      throw savedErrors.malformed(file, `its class is ${model.class_name}, not Sequential or Functional`);
  }
}

type Named = Omit<SavedLayer, 'from'>;

function named({ class_name: className, name, config }: LayerJson, index: number, file: string, supported: readonly string[]): Named {
  const place = { file, name: name ?? config.name ?? `layer ${index + 1}`, className, index };
  if (!supported.includes(className)) throw savedErrors.unsupportedLayer(place, supported);
  return { ...place, config };
}

function sequential(name: string | null, named: readonly Named[], builtShape: unknown, file: string): SavedTopology {
  const [first] = named;
  if (!first) throw savedErrors.malformed(file, 'it has no layers');
  const layers: SavedLayer[] = [];
  if (first.className !== 'InputLayer') {
    const config = first.config as Record<string, unknown>;
    const shape = config['batch_input_shape'] ?? config['batch_shape'] ?? builtShape;
    if (shape === undefined || shape === null) throw savedErrors.noInputShape(file);
    let free = 'input';
    while (named.some((layer) => layer.name === free)) free += '_';
    layers.push({ file, name: free, className: 'InputLayer', index: 0, config: { batch_shape: shape }, from: [] });
  }
  for (const layer of named) {
    if (layers.length > 0 && layer.className === 'InputLayer') throw savedErrors.ends(file, 2, 1);
    layers.push({ ...layer, from: layers.slice(-1).map((before) => before.name) });
  }
  unique(layers, file);
  return { name, layers, output: layers.at(-1)!.name };
}

/** The layers that a layer reads, in order. */
function inbound(place: Place, nodes: readonly unknown[], file: string): string[] {
  if (nodes.length > 1) throw savedErrors.sharedLayer(place);
  if (nodes.length === 0) return [];
  const at = `${place.name}.inbound_nodes`;
  const references = Array.isArray(nodes[0])
    ? parsed(References, nodes[0], file, at)
    : parsed(Call, nodes[0], file, at).map((tensor) => tensor.config.keras_history);
  return references.map(([layer]) => layer);
}

const Tensor = z.object({ class_name: z.literal('__keras_tensor__'), config: z.object({ keras_history: Reference }) });
/** How Keras 3 writes a layer's use: a tensor, or (of layers that merge) a list of them. */
const Call = z.object({ args: z.union([z.tuple([z.array(Tensor)]), z.array(Tensor)]) }).transform(({ args }) => args.flat());

function functional(name: string | null, layers: readonly SavedLayer[], input: string, output: string, file: string): SavedTopology {
  const all = unique(layers, file);
  const used = new Set<string>();
  const open = [output];
  while (open.length > 0) {
    const next = open.pop()!;
    if (used.has(next)) continue;
    used.add(next);
    const layer = all.get(next);
    if (!layer) throw savedErrors.unconnected(file, next);
    if (layer.className === 'InputLayer' ? next !== input || layer.from.length > 0 : layer.from.length === 0) {
      throw savedErrors.unconnected(file, next);
    }
    open.push(...layer.from);
  }

  // In the file's order where that is one in which each layer comes after what it reads.
  const ordered = new Map<string, SavedLayer>();
  let waiting = layers.filter((layer) => used.has(layer.name));
  while (waiting.length > 0) {
    const later = waiting.filter((layer) => {
      if (!layer.from.every((from) => ordered.has(from))) return true;
      ordered.set(layer.name, layer);
      return false;
    });
    if (later.length === waiting.length) throw savedErrors.unconnected(file, later[0]!.name);
    waiting = later;
  }
  return { name, layers: [...ordered.values()], output };
}

function unique(layers: readonly SavedLayer[], file: string): Map<string, SavedLayer> {
  const all = new Map(layers.map((layer) => [layer.name, layer]));
  if (all.size < layers.length) throw savedErrors.malformed(file, 'two of its layers have the same name');
  return all;
}
