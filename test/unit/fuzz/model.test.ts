/** Saved models: a model.json and its weights, one of them damaged. What is read is a network that fits together, with all of its numbers. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { behindSelection } from '../../../src/engine/nn/keptInputs';
import { readLayersModel } from '../../../src/engine/nn/saved';
import { shapes, volume } from '../../../src/engine/nn/shapes';
import { weightShape } from '../../../src/engine/nn/graph';
import { isSafeLayerName } from '../../../src/store/layerFile';
import { tempFolders } from '../../fixtures/folders';
import { outcomeOf, PATIENCE, runs } from './inputs';
import { damagedBytes, damagedJson } from './mutations';

const { newFolder } = tempFolders('fuzz-model');

const MODELS = path.join(import.meta.dirname, '../../fixtures/models');

/** A copy of each fixture. */
const models = ['cnn', 'residual', 'mlp', 'keras2', 'keras3'].map((name) => {
  const folder = newFolder();
  cpSync(path.join(MODELS, name), folder, { recursive: true });
  const shards = readdirSync(folder).filter((file) => file.endsWith('.bin'));
  const json = readFileSync(path.join(folder, 'model.json'));
  return {
    folder,
    file: path.join(folder, 'model.json'),
    json: { ...(JSON.parse(json.toString()) as object), ...(name === 'mlp' && { userDefinedMetadata: { inputs: partOfRow(json) } }) },
    shards: shards.map((shard) => path.join(folder, shard)),
    bytes: json.length + shards.reduce((sum, shard) => sum + statSync(path.join(folder, shard)).size, 0),
  };
});

/** As a compact model says which numbers of a longer row it reads: every second one. */
function partOfRow(json: Buffer) {
  const width = Number(/"batch_input_shape":\s*\[\s*null,\s*(\d+)\s*\]/.exec(json.toString())![1]);
  return { shape: [2 * width], kept: Array.from({ length: width }, (_, i) => 2 * i), crop: null, channels: null };
}

async function expectSound(file: string, bytes: number): Promise<void> {
  const outcome = await outcomeOf(bytes, () => readLayersModel(file));
  if ('refused' in outcome) {
    expect(outcome.refused.code).toMatch(/^model\//);
    return;
  }
  const { graph, values, inputs } = outcome.value;
  const shapeOf = shapes(graph);
  for (const node of graph.nodes) {
    expect(isSafeLayerName(node.name)).toBe(true);
    const held = values.get(node.name);
    if (node.op === 'dense' || node.op === 'conv') {
      expect(held!.weights.length).toBe(volume(weightShape(node)));
      expect(held!.bias.length).toBe(node.bias ? node.outputs : 0);
    }
    if (node.op === 'batch-norm')
      for (const part of ['weights', 'bias', 'mean', 'variance'] as const) expect(held![part]!.length).toBe(node.channels);
    if (held) {
      expect(held.mask.length).toBe(held.weights.length);
      for (const array of [held.weights, held.bias]) expect(array.every(Number.isFinite)).toBe(true);
    }
  }
  expect(shapeOf.get(graph.nodes.at(-1)!.name)).toHaveLength(1);
  if (inputs) {
    expect(inputs.kept.every((at, i) => at >= 0 && at < volume(inputs.shape) && (i === 0 || at > inputs.kept[i - 1]!))).toBe(true);
    const [input] = graph.nodes;
    if (input?.op !== 'input') throw new Error('a graph begins with its input');
    const whole = { ...input, name: 'whole', features: volume(inputs.shape), image: input.flat ? null : inputs.shape };
    shapes(behindSelection({ graph, values }, inputs, whole).graph);
  }
}

test(
  'model.json',
  async () => {
    const input = fc.constantFrom(...models).chain((model) => damagedJson([model.json]).map((text) => ({ model, text })));
    await fc.assert(
      fc.asyncProperty(input, async ({ model, text }) => {
        writeFileSync(model.file, text);
        await expectSound(model.file, model.bytes + text.length);
      }),
      runs('model-topology'),
    );
    for (const { file, json } of models) writeFileSync(file, JSON.stringify(json));
    for (const { file } of models) await expect(readLayersModel(file)).resolves.toBeDefined();
  },
  PATIENCE,
);

test(
  'weight files',
  async () => {
    for (const { file, json } of models) writeFileSync(file, JSON.stringify(json));
    const shards = models.flatMap((model) => model.shards.map((shard) => ({ model, shard, good: readFileSync(shard) })));
    const input = fc.constantFrom(...shards).chain((one) => damagedBytes([one.good]).map((bytes) => ({ ...one, bytes })));
    await fc.assert(
      fc.asyncProperty(input, async ({ model, shard, good, bytes }) => {
        writeFileSync(shard, bytes);
        try {
          if (bytes.length === good.length) await expectSound(model.file, model.bytes);
          else {
            const outcome = await outcomeOf(model.bytes + bytes.length, () => readLayersModel(model.file));
            expect('refused' in outcome && outcome.refused.code).toBe('model/shard-size');
          }
        } finally {
          writeFileSync(shard, good);
        }
      }),
      runs('model-weights'),
    );
  },
  PATIENCE,
);
