/** What a network reads of a whole sample: positions, composition, and files that say it. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { composeInputs, KeptInputs, partOfImage, plainInputs, someNumbers } from '../../../src/engine/nn/keptInputs';
import { readLayersModel } from '../../../src/engine/nn/saved';
import { tempFolders } from '../../fixtures/folders';

const { newFolder } = tempFolders('kept');

describe('positions', () => {
  test('of a part of an image, row by row', () => {
    const part = partOfImage([3, 4, 2], { top: 1, bottom: 0, left: 2, right: 1 }, [1]);
    expect([...part.kept]).toEqual([2 * (4 + 2) + 1, 2 * (8 + 2) + 1]);
  });

  test('of a part of a part', () => {
    const first = partOfImage([4, 4, 3], { top: 1, bottom: 0, left: 0, right: 1 }, [0, 2]);
    const second = partOfImage([3, 3, 2], { top: 0, bottom: 1, left: 1, right: 0 }, [1]);
    expect(composeInputs(first, second)).toEqual(partOfImage([4, 4, 3], { top: 1, bottom: 1, left: 1, right: 1 }, [2]));
    const row = someNumbers([18], Int32Array.of(0, 5));
    expect(composeInputs(first, row)).toEqual(someNumbers([4, 4, 3], Int32Array.of(first.kept[0]!, first.kept[5]!)));
  });

  test('come back from a file; they rise and lie within the sample', () => {
    const inputs = someNumbers([2, 2, 1], Int32Array.of(0, 3));
    expect(KeptInputs.parse(JSON.parse(JSON.stringify(plainInputs(inputs))))).toEqual(inputs);
    for (const kept of [[0, 4], [1, 1], [2, 1], [], [-1], [0.5]])
      expect(KeptInputs.safeParse({ ...plainInputs(inputs), kept }).success).toBe(false);
  });

  test('are no position that as 32 bits would be a negative one', () => {
    const far = { shape: [2 ** 33], kept: [2 ** 32 - 1], crop: null, channels: null };
    expect(KeptInputs.safeParse(far).success).toBe(false);
    expect(KeptInputs.safeParse({ ...far, kept: [2 ** 31 - 1] }).success).toBe(true);
  });

  test.each([
    ['a crop of another part', { crop: { top: 0, bottom: 1, left: 2, right: 1 } }],
    ['a crop that leaves nothing, or takes memory without end', { crop: { top: 2 ** 52, bottom: 0, left: 0, right: 0 } }],
    ['channels that the image does not have', { channels: [2] }],
    ['other channels', { channels: [0] }],
    ['a crop without channels', { channels: null }],
    ['channels without a crop', { crop: null }],
    ['a crop of a row', { shape: [24] }],
  ])('of a part of an image agree with it: not %s', (_what, change) => {
    const part = plainInputs(partOfImage([3, 4, 2], { top: 1, bottom: 0, left: 2, right: 1 }, [1]));
    expect(KeptInputs.safeParse(part).success).toBe(true);
    expect(KeptInputs.safeParse({ ...part, ...change }).success).toBe(false);
  });
});

describe('the metadata of a model', () => {
  /** The saved MLP of 12 features, saying this of its inputs. */
  function model(inputs: unknown): string {
    const folder = newFolder();
    cpSync(path.join(__dirname, '../../fixtures/models/mlp'), folder, { recursive: true });
    const file = path.join(folder, 'model.json');
    const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...json, userDefinedMetadata: { ...(json['userDefinedMetadata'] as object), inputs } }));
    return file;
  }
  const features = async () => {
    const input = (await readLayersModel(model(undefined))).graph.nodes[0]!;
    return input.op === 'input' ? input.features : 0;
  };

  test('says what it reads of each sample, or nothing', async () => {
    const kept = Int32Array.from({ length: await features() }, (_, i) => 2 * i);
    const inputs = someNumbers([1000], kept);
    expect((await readLayersModel(model(plainInputs(inputs)))).inputs).toEqual(inputs);
    expect((await readLayersModel(model(undefined))).inputs).toBeNull();
    expect((await readLayersModel(model(null))).inputs).toBeNull();
  });

  test.each([
    ['that are no positions', { shape: [1000], kept: 'all', crop: null, channels: null }, /userDefinedMetadata.inputs.kept/],
    ['of another count than it reads', { shape: [1000], kept: [1, 2], crop: null, channels: null }, /keeps 2 numbers, but the model reads/],
  ])('with inputs %s is malformed', async (_, inputs, message) => {
    await expect(readLayersModel(model(inputs))).rejects.toMatchObject({
      code: 'model/malformed',
      message: expect.stringMatching(message) as string,
    });
  });
});
