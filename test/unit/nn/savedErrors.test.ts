/** Saved models that cannot be pruned, and damaged ones: each is refused in words, none ends in anything but a PruneError. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weightCount } from '../../../src/engine/nn/graph';
import { readLayersModel } from '../../../src/engine/nn/saved';
import { shapes } from '../../../src/engine/nn/shapes';
import { PruneError } from '../../../src/shared/errors';
import { edited, failure, layer, MODELS, scratch, type ModelJson } from './savedFixtures';

describe('what is not a model that can be pruned', () => {
  const cases: [code: string, says: string | RegExp, edit: (model: ModelJson) => unknown][] = [
    ['model/graph-model', 'graph model', (m) => (m.format = 'graph-model')],
    ['model/malformed', 'modelTopology', (m) => Object.assign(m, { modelTopology: null })],
    ['model/malformed', 'weightsManifest', (m) => Object.assign(m, { weightsManifest: undefined })],
    ['model/malformed', 'its class is Custom', (m) => (m.modelTopology.class_name = 'Custom')],
    ['model/malformed', 'same name', (m) => m.modelTopology.config.layers.push(layer(m, 'sum'))],
    ['model/unsupported-layer', 'Layer positive (LeakyReLU)', (m) => (layer(m, 'positive').class_name = 'LeakyReLU')],
    ['model/unsupported-layer', 'Layer positive (Functional)', (m) => (layer(m, 'positive').class_name = 'Functional')],
    ['model/unsupported-setting', 'dilation_rate is [2,2]; it must be 1', (m) => (layer(m, 'stem').config['dilation_rate'] = [2, 2])],
    ['model/unsupported-setting', 'groups is 2; it must be 1', (m) => (layer(m, 'stem').config['groups'] = 2)],
    ['model/unsupported-setting', 'data_format', (m) => (layer(m, 'stem').config['data_format'] = 'channels_first')],
    ['model/unsupported-setting', 'data_format', (m) => (layer(m, 'pool').config['data_format'] = 'channels_first')],
    ['model/unsupported-setting', 'activation is "tanh"; it must be relu', (m) => (layer(m, 'stem').config['activation'] = 'tanh')],
    ['model/unsupported-setting', 'filters is missing', (m) => delete layer(m, 'stem').config['filters']],
    ['model/unsupported-setting', 'padding is "causal"', (m) => (layer(m, 'stem').config['padding'] = 'causal')],
    ['model/unsupported-setting', 'max_value is 6', (m) => (layer(m, 'positive').config['max_value'] = 6)],
    ['model/unsupported-setting', 'axis is 1; it must be -1', (m) => (layer(m, 'norm').config['axis'] = 1)],
    ['model/unsupported-setting', 'axis is 2; it must be -1', (m) => (layer(m, 'both').config['axis'] = 2)],
    ['model/unsupported-setting', 'keepdims', (m) => (layer(m, 'means').config['keepdims'] = true)],
    ['model/shared-layer', 'Layer norm', (m) => layer(m, 'norm').inbound_nodes.push([['image', 0, 0, {}]])],
    [
      'model/does-not-fit',
      'Layer sum (Add)',
      (m) =>
        (layer(m, 'sum').inbound_nodes = [
          [
            ['norm', 0, 0],
            ['image', 0, 0],
          ],
        ]),
    ],
    [
      'model/does-not-fit',
      'it reads 2 layers',
      (m) =>
        (layer(m, 'norm').inbound_nodes = [
          [
            ['stem', 0, 0],
            ['image', 0, 0],
          ],
        ]),
    ],
    ['model/does-not-fit', 'put Flatten', (m) => (layer(m, 'classes').inbound_nodes = [[['sum', 0, 0]]])],
    [
      'model/unsupported-padding',
      'cannot be joined',
      (m) =>
        (layer(m, 'zeros').config['padding'] = [
          [2, 0],
          [1, 1],
        ]),
    ],
    ['model/unsupported-padding', 'cannot be joined', (m) => (layer(m, 'branch').config['padding'] = 'same')],
    [
      'model/unsupported-padding',
      'Layer drop (Dropout)',
      (m) => ((m.modelTopology.config.output_layers = [['drop', 0, 0]]), (layer(m, 'drop').inbound_nodes = [[['zeros', 0, 0]]])),
    ],
    ['model/unsupported-padding', 'Layer pool', (m) => (layer(m, 'pool').inbound_nodes = [[['zeros', 0, 0]]])],
    ['model/softmax-inside', 'the softmax of layer stem', (m) => (layer(m, 'stem').config['activation'] = 'softmax')],
    ['model/no-input-shape', 'shape of its input', (m) => delete layer(m, 'image').config['batch_input_shape']],
    ['model/input-shape', '[any, any, 3]', (m) => (layer(m, 'image').config['batch_input_shape'] = [null, null, null, 3])],
    ['model/input-shape', '[2, 6, 6, 3]', (m) => (layer(m, 'image').config['batch_input_shape'] = [null, 2, 6, 6, 3])],
    ['model/ends', '2 inputs and 1 output;', (m) => m.modelTopology.config.input_layers.push(['image', 0, 0])],
    ['model/ends', '1 input and 2 outputs', (m) => m.modelTopology.config.output_layers.push(['sum', 0, 0])],
    ['model/unconnected', 'Layer nowhere', (m) => (m.modelTopology.config.output_layers = [['nowhere', 0, 0]])],
    ['model/unconnected', 'reads itself', (m) => (layer(m, 'norm').inbound_nodes = [[['sum', 0, 0]]])],
    ['model/unconnected', 'Layer norm', (m) => (layer(m, 'norm').inbound_nodes = [])],
    ['model/not-logits', '[6, 6, 4]', (m) => (m.modelTopology.config.output_layers = [['sum', 0, 0]])],
  ];
  it.each(cases)('%s: %s', async (code, says, edit) => {
    const error = await failure(edited('residual', (model) => void edit(model)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
    expect(error.where).toContain('model.json');
    expect(error.remedy).toBeTruthy();
  });

  it('names a layer’s place and what there is instead', async () => {
    const error = await failure(edited('residual', (m) => (layer(m, 'stem').class_name = 'DepthwiseConv2D')));
    expect(error.where).toMatch(/model\.json, layer 2$/);
    expect(error.remedy).toContain('Dense, Conv2D, BatchNormalization');
  });

  it('may have no weights', async () => {
    const file = edited('mlp', (model) => {
      model.modelTopology.config.layers = [
        { class_name: 'Activation', config: { name: 'a', activation: 'relu', batch_input_shape: [null, 4] }, inbound_nodes: [] },
      ];
    });
    expect((await failure(file)).code).toBe('model/no-weights');
  });

  it('may be no file, or no JSON', async () => {
    expect((await failure(path.join(scratch, 'nowhere.json'))).code).toBe('model/unreadable');
    expect((await failure(path.join(MODELS, 'mlp', 'weights.bin'))).code).toBe('model/not-json');
  });
});

describe('damaged models', () => {
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
  const instead = fc.oneof(
    fc.constantFrom<Json>(null, true, '', 'softmax', 'image', [], {}, [null], 0, -1, 1.5, 1e9, 2 ** 60),
    fc.integer({ min: 0, max: 9 }),
  );

  /** Replaces, or deletes, what lies at the place in the tree that `where` leads to. */
  function damage(root: Json, where: readonly number[], by: Json | undefined): void {
    let at = root;
    for (const [depth, step] of where.entries()) {
      if (at === null || typeof at !== 'object') return;
      const keys = Object.keys(at);
      if (keys.length === 0) return;
      const key = keys[step % keys.length]!;
      const next = (at as Record<string, Json>)[key]!;
      if (depth === where.length - 1 || next === null || typeof next !== 'object') {
        if (by === undefined) Reflect.deleteProperty(at, key);
        else (at as Record<string, Json>)[key] = structuredClone(by);
        return;
      }
      at = next;
    }
  }

  /** Is read, as a network that fits together, or refused with a PruneError. */
  async function readOrRefused(file: string): Promise<void> {
    try {
      const { graph, values } = await readLayersModel(file);
      shapes(graph);
      for (const node of graph.nodes) {
        if (node.op !== 'dense' && node.op !== 'conv') continue;
        expect(values.get(node.name)!.weights).toHaveLength(weightCount(node));
      }
    } catch (error) {
      if (!(error instanceof PruneError)) throw error;
      expect(error.code).toMatch(/^model\//);
    }
  }

  it.each(['cnn', 'residual', 'keras3'])('%s with changed JSON', async (name) => {
    const place = fc.array(fc.nat(60), { minLength: 1, maxLength: 9 });
    const changes = fc.array(fc.tuple(place, fc.option(instead, { nil: undefined })), { minLength: 1, maxLength: 3 });
    const file = edited(name, () => {});
    const text = readFileSync(file, 'utf8');
    await fc.assert(
      fc.asyncProperty(changes, async (all) => {
        const json = JSON.parse(text) as Json;
        for (const [where, by] of all) damage(json, where, by);
        writeFileSync(file, JSON.stringify(json));
        await readOrRefused(file);
      }),
      { numRuns: 200 },
    );
  });

  it('with a shorter file are refused', async () => {
    const file = edited('cnn', () => {});
    const shard = path.join(path.dirname(file), 'group1-shard1of2.bin');
    const whole = readFileSync(shard);
    const text = readFileSync(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(text.length - 2), async (bytes, characters) => {
        writeFileSync(shard, whole.subarray(0, bytes));
        expect((await failure(file)).code).toBe('model/shard-size');
        writeFileSync(shard, whole);
        writeFileSync(file, text.subarray(0, characters));
        expect((await failure(file)).code).toBe('model/not-json');
        writeFileSync(file, text);
      }),
    );
  });
});
