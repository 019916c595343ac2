import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { locateDataset, namesOf, PARTS, searched } from '../../../src/engine/data/locate';
import { cacheFolder } from '../../../src/setup/paths';
import { newFolder, writeSet } from './fixtures';

/** A house with an experiment's folder, shared data and a cache, all empty. */
function house() {
  const root = newFolder();
  const env = { PRUNE_LAB_DATA: path.join(root, 'shared'), PRUNE_LAB_CACHE: path.join(root, 'cache') };
  return {
    options: { experimentDir: path.join(root, 'experiment'), env },
    given: path.join(root, 'experiment', 'my-data'),
    shared: path.join(root, 'shared', 'mnist'),
    cache: path.join(root, 'cache', 'data', 'mnist'),
  };
}

describe('where a set is searched', () => {
  test("shared data first, then the user's cache", async () => {
    const { options, shared, cache } = house();
    expect(searched('mnist', undefined, options)).toEqual([
      { folder: shared, from: 'env' },
      { folder: cache, from: 'cache' },
    ]);
    expect(await locateDataset('mnist', undefined, options)).toBeNull();
    writeSet(cache);
    expect(await locateDataset('mnist', undefined, options)).toMatchObject({ folder: cache, from: 'cache' });
    writeSet(shared);
    expect(await locateDataset('mnist', undefined, options)).toMatchObject({ folder: shared, from: 'env' });
    rmSync(path.join(shared, namesOf('t10k-labels')[0]!));
    expect(await locateDataset('mnist', undefined, options)).toMatchObject({ folder: cache, from: 'cache' });
  });

  test('a given path before both, and alone: a mistake in it leads to no other data', async () => {
    const { options, given, shared, cache } = house();
    writeSet(shared);
    writeSet(cache);
    expect(searched('mnist', 'my-data', options)).toEqual([{ folder: given, from: 'path' }]);
    expect(await locateDataset('mnist', 'my-data', options)).toBeNull();
    writeSet(given);
    expect(await locateDataset('mnist', 'my-data', options)).toMatchObject({ folder: given, from: 'path' });
  });

  test("a path starts from the experiment's folder, or is absolute; without a file, from where one stands", () => {
    const { options } = house();
    const folderOf = (given: string, experimentDir: string | null) => searched('mnist', given, { ...options, experimentDir })[0]!.folder;
    expect(folderOf('../data', '/lab/experiments')).toBe(path.resolve('/lab/data'));
    expect(folderOf('.', '/lab/experiments')).toBe(path.resolve('/lab/experiments'));
    expect(folderOf('', '/lab/experiments')).toBe(path.resolve('/lab/experiments'));
    expect(folderOf('/data/mnist', '/lab/experiments')).toBe(path.resolve('/data/mnist'));
    expect(folderOf('data', null)).toBe(path.join(process.cwd(), 'data'));
  });

  test('without the variable, or with an empty one, only the cache; each set by its own name', () => {
    const { options, cache } = house();
    const { PRUNE_LAB_CACHE } = options.env;
    for (const env of [{ PRUNE_LAB_CACHE }, { PRUNE_LAB_CACHE, PRUNE_LAB_DATA: '' }]) {
      expect(searched('mnist', undefined, { experimentDir: null, env })).toEqual([{ folder: cache, from: 'cache' }]);
    }
    expect(searched('fashion-mnist', undefined, options).map(({ folder }) => path.basename(folder))).toEqual([
      'fashion-mnist',
      'fashion-mnist',
    ]);
    expect(searched('mnist', undefined, { experimentDir: null, env: {} })).toEqual([
      { folder: path.join(cacheFolder({}), 'data', 'mnist'), from: 'cache' },
    ]);
  });
});

describe('what counts as found', () => {
  test.each([0, 1, 2, 3] as const)('all four files, by spelling %d', async (spelling) => {
    const { options, shared } = house();
    writeSet(shared, undefined, spelling);
    const files = Object.fromEntries(PARTS.map((part) => [part, path.join(shared, namesOf(part)[spelling]!)]));
    expect(await locateDataset('mnist', undefined, options)).toEqual({ folder: shared, from: 'env', files });
  });

  test('the published names are known', () => {
    expect(PARTS.map((part) => namesOf(part)[1])).toEqual([
      'train-images-idx3-ubyte.gz',
      'train-labels-idx1-ubyte.gz',
      't10k-images-idx3-ubyte.gz',
      't10k-labels-idx1-ubyte.gz',
    ]);
    expect(namesOf('train-images')).toEqual([
      'train-images-idx3-ubyte',
      'train-images-idx3-ubyte.gz',
      'train-images.idx3-ubyte',
      'train-images.idx3-ubyte.gz',
    ]);
  });

  test.each(PARTS)('not where %s is missing, or is a folder', async (part) => {
    const { options, shared } = house();
    writeSet(shared);
    const file = path.join(shared, namesOf(part)[0]!);
    rmSync(file);
    expect(await locateDataset('mnist', undefined, options)).toBeNull();
    mkdirSync(file);
    expect(await locateDataset('mnist', undefined, options)).toBeNull();
    writeFileSync(path.join(shared, namesOf(part)[3]!), '');
    expect((await locateDataset('mnist', undefined, options))?.files[part]).toBe(path.join(shared, namesOf(part)[3]!));
  });
});
