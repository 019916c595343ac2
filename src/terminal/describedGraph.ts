/** The network that `prune-lab describe` names: a model of the schema, what an experiment file declares, or a saved model's file. */
import { basename, dirname, resolve } from 'node:path';
import { samplesOf, type Samples } from '../config/layers';
import { loadExperiment } from '../config/load';
import { overridesOf } from '../config/overrides';
import { formatProblem } from '../config/problems';
import { Model } from '../config/schema';
import { architecture } from '../engine/nn/architectures';
import type { Graph } from '../engine/nn/graph';
import { EXPERIMENT_SUFFIX } from '../shared/ids';
import { wholeNumber } from './args';
import { terminalErrors } from './errors';
import { hasErrors } from './load';

export const DESCRIBE = {
  usage: 'prune-lab describe MODEL [--set KEY=VALUE]... [--image H,W,C] [--classes N] [--json]',
  positionals: ['MODEL'],
  options: {
    json: { type: 'boolean' },
    set: { type: 'string', multiple: true },
    image: { type: 'string' },
    classes: { type: 'string' },
  },
} as const;

export interface DescribeValues {
  set?: string[] | undefined;
  image?: string | undefined;
  classes?: string | undefined;
}

export async function namedGraph(name: string, values: DescribeValues): Promise<Graph> {
  const given: Samples = {
    image: values.image === undefined ? null : imageShape(values.image),
    classes: values.classes === undefined ? null : wholeNumber(DESCRIBE, 'classes', values.classes, 1, 100_000),
  };
  if (name.endsWith(EXPERIMENT_SUFFIX)) return experimentGraph(name, values.set ?? [], given);
  if (name.endsWith('.json')) return savedGraph(name);
  const model = namedModel(name, values.set ?? []);
  const grey = model.name === 'lenet-5' || model.name === 'lenet-300-100' || model.name === 'mlp';
  return architecture(model, given.image ?? (grey ? [28, 28, 1] : [32, 32, 3]), given.classes ?? 10);
}

/** `28,28,1`, or `784` for samples that are no images. */
function imageShape(text: string): number[] {
  const parts = text.split(/[,x×]/).map((part) => wholeNumber(DESCRIBE, 'image', part.trim(), 1, 100_000));
  if (parts.length === 1 || parts.length === 3) return parts;
  throw terminalErrors.badArguments(DESCRIBE.usage, `--image takes height,width,channels, not \`${text}\`.`);
}

async function experimentGraph(file: string, sets: readonly string[], given: Samples): Promise<Graph> {
  const { variants, problems } = await loadExperiment(file, { sets });
  const [first] = variants;
  if (!first || hasErrors(problems)) {
    throw terminalErrors.badExperiment(
      file,
      problems.filter(({ severity }) => severity === 'error').map((p) => formatProblem(file, p)),
    );
  }
  const { data, model } = first.experiment;
  if (model.name === 'saved') return savedGraph(resolve(dirname(file), model.path));
  const known = samplesOf(data);
  const image = given.image ?? known.image;
  const classes = given.classes ?? known.classes;
  if (!image || classes === null) throw terminalErrors.shapeUnknown(file, data.name, !image);
  return architecture(model, image, classes);
}

/** Reading a model file needs TensorFlow.js's format alone, not its kernels; loaded when asked for, since no other command does. */
async function savedGraph(file: string): Promise<Graph> {
  const { readLayersModel } = await import('../engine/nn/saved');
  const { graph } = await readLayersModel(file);
  return { ...graph, name: graph.name || basename(file) };
}

const NAMES = Model.options.map((option) => option.shape.name.value).filter((name) => name !== 'saved');

/** `resnet-164` as the schema names it, or a family with a depth: `resnet-32`, `densenet-22`. */
function namedModel(name: string, sets: readonly string[]): Model {
  const options = Object.fromEntries(overridesOf({ sets }).map(({ path, value }) => [path.join('.'), value]));
  const [, family, depth] = /^(resnet|preresnet|densenet)-(\d+)$/.exec(name) ?? [];
  const known = (NAMES as readonly string[]).includes(name);
  if (!known && family === undefined) throw terminalErrors.unknownModel(name, NAMES);
  const model = known ? { name, ...options } : { name: family, depth: Number(depth), ...options };
  const parsed = Model.safeParse(model);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue!.path.join('.');
  throw terminalErrors.badModel(name, key ? `${key}: ${issue!.message}` : issue!.message);
}
