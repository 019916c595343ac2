/** Where the files of a data set are. Looks at names only, so checks of an experiment can ask too. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { dataCache, sharedData } from '../../setup/paths';

export type IdxSet = 'mnist' | 'fashion-mnist';

export const PARTS = ['train-images', 'train-labels', 't10k-images', 't10k-labels'] as const;
export type Part = (typeof PARTS)[number];

export type CifarSet = 'cifar-10' | 'cifar-100';
export type PublishedSet = IdxSet | CifarSet;
export const PUBLISHED_SETS: readonly PublishedSet[] = ['mnist', 'fashion-mnist', 'cifar-10', 'cifar-100'];

const CIFAR_10 = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'] as const;
const CIFAR_100 = ['train', 'test'] as const;
/** The files of each set that hold samples. */
export const PARTS_OF = { mnist: PARTS, 'fashion-mnist': PARTS, 'cifar-10': CIFAR_10, 'cifar-100': CIFAR_100 } as const;
export type PartOf<N extends PublishedSet> = (typeof PARTS_OF)[N][number];

/** The folder inside of the published archives. */
export const ARCHIVE_FOLDER: Readonly<Record<CifarSet, string>> = { 'cifar-10': 'cifar-10-batches-bin', 'cifar-100': 'cifar-100-binary' };

export interface LocatedSet<N extends PublishedSet = IdxSet> {
  folder: string;
  files: Record<PartOf<N>, string>;
  from: Searched['from'];
}

interface Searched {
  folder: string;
  from: 'path' | 'env' | 'cache';
}

export interface SearchOptions {
  /** The folder that data.path starts from: the experiment file's. */
  experimentDir: string | null;
  env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Folders that are searched, in order. A given path is the only one: a mistake in it must not lead to other data. Image folders and NumPy
 * files always have one.
 */
export function searched(
  name: PublishedSet | 'images' | 'npy',
  givenPath: string | undefined,
  { experimentDir, env = process.env }: SearchOptions,
): Searched[] {
  if (givenPath !== undefined) return [{ folder: path.resolve(experimentDir ?? '.', givenPath), from: 'path' }];
  const shared = sharedData(env);
  return [
    ...(shared === null ? [] : [{ folder: path.join(shared, name), from: 'env' as const }]),
    { folder: path.join(dataCache(env), name), from: 'cache' },
  ];
}

/** The first folder that has all files of the set, plain or gzip'd; null where none has. */
export async function locateDataset<N extends PublishedSet>(
  name: N,
  givenPath: string | undefined,
  options: SearchOptions,
): Promise<LocatedSet<N> | null> {
  const parts: readonly PartOf<N>[] = PARTS_OF[name];
  for (const { folder: top, from } of searched(name, givenPath, options)) {
    for (const folder of isCifar(name) ? [top, path.join(top, ARCHIVE_FOLDER[name])] : [top]) {
      const found = await Promise.all(parts.map((part) => findFile(folder, fileNames(name, part))));
      if (found.every((file) => file !== null)) {
        return { folder, from, files: Object.fromEntries(parts.map((part, i) => [part, found[i]!])) as Record<PartOf<N>, string> };
      }
    }
  }
  return null;
}

/**
 * What checks of experiments ask: where a set of this name was searched in vain; none where it was found. Of image folders and NumPy files: is
 * there anything at the path?
 */
export function searchedInVain(
  options: SearchOptions,
): (name: PublishedSet | 'images' | 'npy', givenPath: string | undefined) => Promise<readonly string[]> {
  return async (name, givenPath) => {
    const places = searched(name, givenPath, options).map(({ folder }) => folder);
    if (name !== 'images' && name !== 'npy') return (await locateDataset(name, givenPath, options)) ? [] : places;
    const found = await stat(places[0]!).catch(() => null);
    return (name === 'images' ? found?.isDirectory() : found?.isFile()) ? [] : places;
  };
}

export const isCifar = (name: string): name is CifarSet => name === 'cifar-10' || name === 'cifar-100';

/** `train-images-idx3-ubyte`, as published, or `train-images.idx3-ubyte`, as some tools unpack it; each also with `.gz`. */
export function namesOf(part: Part): string[] {
  const idx = part.endsWith('images') ? 'idx3-ubyte' : 'idx1-ubyte';
  return [`${part}-${idx}`, `${part}.${idx}`].flatMap((name) => [name, `${name}.gz`]);
}

const fileNames = (name: PublishedSet, part: string): string[] =>
  isCifar(name) ? [`${part}.bin`, `${part}.bin.gz`] : namesOf(part as Part);

/** The first of the names that is a file in the folder. */
export async function findFile(folder: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const file = path.join(folder, name);
    if ((await stat(file).catch(() => null))?.isFile()) return file;
  }
  return null;
}
