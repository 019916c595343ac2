/** The weight files of saved models: how numbers are stored, and what can be wrong with them. */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLayersModel } from '../../../src/engine/nn/saved';
import type { NetworkValues } from '../../../src/engine/nn/values';
import { edited, failure, fixture, MODELS, type ModelJson, type Spec } from './savedFixtures';

describe('weights', () => {
  /** The MLP with its weights stored anew: [specification, bytes] of each. */
  const stored = (store: (spec: Spec, values: Float32Array) => [Spec, Uint8Array]) =>
    edited('mlp', (model, folder) => {
      const group = model.weightsManifest[0]!;
      const all = Uint8Array.from(readFileSync(path.join(folder, 'weights.bin'))).buffer;
      let offset = 0;
      const parts = group.weights.map((spec) => {
        const length = spec.shape.reduce((a, b) => a * b, 1);
        const values = new Float32Array(all, offset, length);
        offset += 4 * length;
        return store(spec, values);
      });
      group.weights = parts.map(([spec]) => spec);
      writeFileSync(path.join(folder, 'weights.bin'), Buffer.concat(parts.map(([, bytes]) => bytes)));
    });
  const flat = (values: NetworkValues) => [...values.values()].flatMap(({ weights, bias }) => [...weights, ...bias]);

  it.each(['uint8', 'uint16'] as const)('quantised to %s are within half a step of what they were', async (dtype) => {
    const levels = dtype === 'uint8' ? 255 : 65535;
    const scale = 2 / levels;
    const file = stored((spec, values) => {
      const steps = Array.from(values, (v) => Math.round((v + 1) / scale));
      const bytes = dtype === 'uint8' ? Uint8Array.from(steps) : new Uint8Array(Uint16Array.from(steps).buffer);
      return [{ ...spec, quantization: { dtype, scale, min: -1, original_dtype: 'float32' } }, bytes];
    });
    const own = flat((await readLayersModel(fixture('mlp'))).values);
    flat((await readLayersModel(file)).values).forEach((v, i) => expect(Math.abs(v - own[i]!)).toBeLessThanOrEqual(scale / 2 + 1e-6));
  });

  it('in half precision are the numbers that their bits stand for', async () => {
    // IEEE 754 binary16: one, minus two, the largest, the smallest subnormal and normal, the largest negative subnormal, a third, zero.
    const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x83ff, 0x3555, 0x8000];
    const numbers = [1, -2, 65504, 2 ** -24, 2 ** -14, -(1023 / 1024) * 2 ** -14, 0.333251953125, 0];
    const file = stored((spec, values) => [
      { ...spec, quantization: { dtype: 'float16' } },
      new Uint8Array(Uint16Array.from(values, (_, i) => bits[i % bits.length]!).buffer),
    ]);
    const { weights } = (await readLayersModel(file)).values.get('fc1')!;
    weights.forEach((v, i) => expect(v + 0).toBe(numbers[i % numbers.length]));
  });

  it('of other kinds are passed over where no layer needs them, and told where one does', async () => {
    const extra = stored((spec, values) => [spec, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
    const model = JSON.parse(readFileSync(extra, 'utf8')) as ModelJson;
    model.weightsManifest.unshift({ paths: ['step.bin'], weights: [{ name: 'Adam/step', shape: [], dtype: 'int32' }] });
    writeFileSync(path.join(path.dirname(extra), 'step.bin'), new Uint8Array(4));
    writeFileSync(extra, JSON.stringify(model));
    expect(await readLayersModel(extra)).toEqual(await readLayersModel(fixture('mlp')));

    model.weightsManifest[1]!.weights[0]!.dtype = 'int32';
    writeFileSync(extra, JSON.stringify(model));
    expect((await failure(extra)).code).toBe('model/weight-type');
    const string = edited('mlp', ({ weightsManifest }) => (weightsManifest[0]!.weights[0]!.dtype = 'string'));
    expect((await failure(string)).message).toContain('fc1/kernel are stored as string');
    const noScale = edited('mlp', ({ weightsManifest }) => {
      weightsManifest[0]!.weights.forEach((spec) => (spec.quantization = { dtype: 'uint16' }));
      weightsManifest[0]!.weights.push({ name: 'rest', shape: [23], dtype: 'uint16' });
    });
    expect((await failure(noScale)).message).toContain('uint16 without scale and min');
  });

  it.each([
    ['model/shard-size', 'a short shard', (_: ModelJson, folder: string) => truncateSync(path.join(folder, 'group1-shard2of2.bin'), 200)],
    ['model/shard-size', 'a long shard', (_: ModelJson, folder: string) => truncateSync(path.join(folder, 'group1-shard2of2.bin'), 300)],
    ['model/shard-unreadable', 'no shard', (_: ModelJson, folder: string) => rmSync(path.join(folder, 'group1-shard1of2.bin'))],
    ['model/shard-outside', 'a shard elsewhere', ({ weightsManifest }: ModelJson) => (weightsManifest[0]!.paths[0] = '../weights.bin')],
    ['model/shard-outside', 'an absolute shard', ({ weightsManifest }: ModelJson) => (weightsManifest[0]!.paths[0] = '/weights.bin')],
    [
      'model/shard-unreadable',
      'a folder',
      (m: ModelJson, folder: string) =>
        void (
          rmSync(path.join(folder, m.weightsManifest[0]!.paths[0]!)),
          cpSync(MODELS, path.join(folder, m.weightsManifest[0]!.paths[0]!), { recursive: true })
        ),
    ],
    ['model/shard-size', 'no shards', ({ weightsManifest }: ModelJson) => (weightsManifest[0]!.paths = [])],
    ['model/weight-missing', 'another name', ({ weightsManifest }: ModelJson) => (weightsManifest[0]!.weights[0]!.name = 'other/kernel')],
    ['model/weight-twice', 'a name twice', ({ weightsManifest }: ModelJson) => (weightsManifest[0]!.weights[1]!.name = 'conv/kernel:0')],
    ['model/weight-shape', 'another shape', ({ weightsManifest }: ModelJson) => (weightsManifest[0]!.weights[0]!.shape = [3, 3, 3, 1])],
    [
      'model/weight-value',
      'not a number',
      (_: ModelJson, folder: string) => {
        const file = path.join(folder, 'group1-shard1of2.bin');
        const bytes = readFileSync(file);
        bytes.writeFloatLE(NaN, 8);
        writeFileSync(file, bytes);
      },
    ],
  ])('%s: %s', async (code, _what, edit) => {
    const error = await failure(edited('cnn', (model, folder) => void edit(model, folder)));
    expect(error.code).toBe(code);
    expect(error.where).toBeTruthy();
    expect(error.remedy).toBeTruthy();
  });

  it('that are not numbers are told with layer and position', async () => {
    const file = edited('residual', (_, folder) => {
      const weights = path.join(folder, 'weights.bin');
      const bytes = readFileSync(weights);
      bytes.writeFloatLE(-1, bytes.length - 4);
      writeFileSync(weights, bytes);
    });
    const error = await failure(file);
    expect(error.code).toBe('model/weight-value');
    expect(error.message).toBe('Layer norm2 (BatchNormalization): number 8 of moving_variance is -1, with which nothing can be computed.');
  });
});
