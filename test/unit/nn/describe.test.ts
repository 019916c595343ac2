/** `prune-lab describe` as a person has it: a program with arguments, streams and an exit code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { countGraph } from '../../../src/engine/nn/count';
import { formatFailure, PruneError } from '../../../src/shared/errors';
import { type DescribeValues, namedGraph } from '../../../src/terminal/describedGraph';
import { buildProgram } from '../../fixtures/program';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'prune-lab-describe-'));
  await buildProgram(join(home, 'cli.cjs'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function cli(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(home, 'cli.cjs'), 'describe', ...args], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  const seen = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (seen.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (seen.err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...seen };
}

const Network = z.strictObject({
  type: z.literal('network'),
  name: z.string(),
  description: z.string(),
  channels: z.int(),
  params: z.int(),
  macs: z.int(),
  layers: z.array(z.strictObject({ name: z.string(), op: z.string(), shape: z.array(z.int()), params: z.int(), macs: z.int() })),
  groups: z.array(z.strictObject({ channels: z.int(), from: z.array(z.string()).min(1), to: z.array(z.string()) })),
});

const file = async (name: string, content: object) => {
  await writeFile(join(home, name), JSON.stringify(content));
  return join(home, name);
};

describe('the command', () => {
  test('as JSON', async () => {
    const { code, out, err } = await cli('resnet-164', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const found = Network.parse(JSON.parse(out));
    expect(found).toMatchObject({ name: 'resnet-164', channels: 12_112, params: 1_703_258, macs: 247_646_720 });
    expect(found.layers.reduce((total, layer) => total + layer.params, 0)).toBe(found.params);
    expect(found.layers.reduce((total, layer) => total + layer.macs, 0)).toBe(found.macs);
    expect(found.layers.at(-1)).toEqual({ name: 'fc', op: 'dense', shape: [10], params: 2570, macs: 2560 });
    const last = found.groups.find(({ to }) => to.includes('final_bn'))!;
    expect(last.channels).toBe(256);
    expect(last.from).toHaveLength(19);
  });

  test('as text', async () => {
    const { code, out } = await cli('vgg-16');
    expect(code).toBe(0);
    expect(out).toMatch(/^stage1_conv2 +conv +32×32×64 +36,864 +37,748,736$/m);
    expect(out).toMatch(/^128 of stage2_conv1, read by stage2_bn1, stage2_conv2$/m);
    expect(out).toContain('14,724,042 parameters, 313,201,664 multiply-accumulates a sample; 4,224 channels that can be pruned');
    const long = await cli('densenet-40');
    expect(Math.max(...long.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test.each([
    ['vgg-17', 'terminal/unknown-model', /remedy: Did you mean `vgg-1[69]`/],
    ['absent/model.json', 'model/', /absent/],
  ])('%s', async (name, code, expected) => {
    const ended = await cli(name);
    expect(ended.err).toContain(`error ${code}`);
    expect(ended.err).toMatch(expected);
    expect(ended.err).not.toMatch(/^\s+at .*[:(]\d+:\d+|node:internal/m);
    expect(ended).toMatchObject({ code: 2, out: '' });
  });
});

const counts = async (name: string, values: DescribeValues = {}) => {
  const graph = await namedGraph(name, values);
  return { name: graph.name, ...countGraph(graph) };
};

test('models: options, samples and short names', async () => {
  expect(await counts('densenet-40', { set: ['growth=12', 'init=16'] })).toMatchObject({ channels: 9048, params: 1_019_722 });
  expect(await counts('densenet-22')).toMatchObject({ name: 'densenet-22', channels: 2772 });
  expect(await counts('preresnet-29')).toMatchObject({ channels: 2032, params: 312_218 });
  expect((await counts('resnet-32')).name).toBe('resnet-32');
  expect(await counts('lenet-5')).toMatchObject({ params: 431_080, channels: 570 });
  expect(await counts('mlp', { set: ['hidden=[5,4]'], image: '20', classes: '3' })).toMatchObject({ params: 105 + 24 + 15 });
  expect(await counts('resnet-18', { image: '224,224,3', classes: '1000' })).toMatchObject({ params: 11_689_512 });
});

describe('files', () => {
  const experiment = (data: object, model: object) => ({ data, model, train: { epochs: 1, learningRate: 0.1 } });

  test('an experiment: its model on its data', async () => {
    const name = await file('a.prune.json', experiment({ name: 'cifar-100' }, { name: 'densenet-40', init: 16 }));
    // Liu et al. 2017: 1.06M.
    expect(await counts(name)).toMatchObject({ channels: 9048, params: 1_060_132 });
    expect(await counts(name, { set: ['model.init=24'] })).toMatchObject({ channels: 9360 });
  });

  test('data that must be read first', async () => {
    const name = await file('b.prune.json', experiment({ name: 'images', path: 'x', size: 32 }, { name: 'vgg-16' }));
    await expect(namedGraph(name, {})).rejects.toMatchObject({ code: 'terminal/shape-unknown', remedy: 'Say it: --classes 10.' });
    expect(await counts(name, { classes: '10' })).toMatchObject({ params: 14_724_042 });
  });

  test('an experiment with a mistake', async () => {
    const name = await file('c.prune.json', experiment({ name: 'digits' }, { name: 'vgg-17' }));
    await expect(namedGraph(name, {})).rejects.toMatchObject({
      code: 'terminal/bad-experiment',
      message: expect.stringContaining('vgg-17'),
    });
  });

  test('a saved model, named by itself or by an experiment', async () => {
    await writeFile(join(home, 'weights.bin'), new Uint8Array(4 * (20 * 7 + 7 + 7 * 3)));
    const dense = (name: string, config: object) => ({ class_name: 'Dense', config: { name, ...config } });
    const weight = (name: string, ...shape: number[]) => ({ name, shape, dtype: 'float32' });
    const saved = await file('model.json', {
      format: 'layers-model',
      modelTopology: {
        class_name: 'Sequential',
        config: {
          name: 'tiny',
          layers: [
            dense('one', { units: 7, activation: 'relu', use_bias: true, batch_input_shape: [null, 20] }),
            dense('two', { units: 3, activation: 'linear', use_bias: false }),
          ],
        },
      },
      weightsManifest: [
        { paths: ['weights.bin'], weights: [weight('one/kernel', 20, 7), weight('one/bias', 7), weight('two/kernel', 7, 3)] },
      ],
    });
    expect(await counts(saved)).toMatchObject({ params: 20 * 7 + 7 + 7 * 3, macs: 20 * 7 + 7 * 3, channels: 7 });
    const name = await file('d.prune.json', experiment({ name: 'digits' }, { name: 'saved', path: 'model.json' }));
    expect(await counts(name)).toEqual(await counts(saved));
  });
});

describe('what is wrong', () => {
  test.each<[string, DescribeValues, string, RegExp]>([
    ['alexnet', {}, 'terminal/unknown-model', /The models are .*lenet-5, .*resnet-164/],
    ['resnet-33', {}, 'terminal/bad-model', /depth: a depth of 6n \+ 2/],
    ['vgg-16', { set: ['growth=3'] }, 'terminal/bad-model', /growth/],
    ['vgg-16', { set: ['growth'] }, 'config/bad-set', /no =/],
    ['vgg-16', { image: '784' }, 'model/not-an-image', /rows of 784/],
    ['lenet-5', { image: '8,8,1' }, 'model/image-too-small', /16×16/],
    ['vgg-16', { image: '8,8' }, 'terminal/bad-arguments', /height,width,channels/],
    ['vgg-16', { classes: 'ten' }, 'terminal/bad-arguments', /--classes/],
    ['absent.prune.json', {}, 'config/not-found', /absent/],
  ])('%s %j', async (name, values, code, expected) => {
    const error = await namedGraph(name, values).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(PruneError);
    expect(error).toMatchObject({ code });
    expect(formatFailure(error as PruneError)).toMatch(expected);
  });
});
