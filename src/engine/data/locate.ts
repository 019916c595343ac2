/** Where the files of a data set are. Looks at names only, so checks of an experiment can ask too. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../setup/paths';

export type IdxSet = 'mnist' | 'fashion-mnist';

export const PARTS = ['train-images', 'train-labels', 't10k-images', 't10k-labels'] as const;
export type Part = (typeof PARTS)[number];

export interface LocatedSet {
  folder: string;
  files: Record<Part, string>;
  from: 'path' | 'env' | 'cache';
}

export interface SearchOptions {
  /** The folder that data.path starts from: the experiment file's. */
  experimentDir: string | null;
  env?: NodeJS.ProcessEnv | undefined;
}

/** Folders that are searched, in order. A given path is the only one: a mistake in it must not lead to other data. */
export function searched(
  name: IdxSet,
  givenPath: string | undefined,
  { experimentDir, env = process.env }: SearchOptions,
): { folder: string; from: LocatedSet['from'] }[] {
  if (givenPath !== undefined) return [{ folder: path.resolve(experimentDir ?? '.', givenPath), from: 'path' }];
  const shared = env['PRUNE_LAB_DATA'];
  return [
    ...(shared ? [{ folder: path.resolve(shared, name), from: 'env' as const }] : []),
    { folder: path.join(cacheFolder(env), 'data', name), from: 'cache' },
  ];
}

/** The first folder that has all four files, plain or gzip'd; null where none has. */
export async function locateDataset(name: IdxSet, givenPath: string | undefined, options: SearchOptions): Promise<LocatedSet | null> {
  for (const { folder, from } of searched(name, givenPath, options)) {
    const found = await Promise.all(PARTS.map((part) => findPart(folder, part)));
    if (found.every((file) => file !== null)) {
      return { folder, from, files: Object.fromEntries(PARTS.map((part, i) => [part, found[i]!])) as Record<Part, string> };
    }
  }
  return null;
}

/** What checks of experiments ask: the folders that were searched for a set in vain; none where it is found. */
export function searchedInVain(options: SearchOptions): (name: IdxSet, givenPath: string | undefined) => Promise<string[]> {
  return async (name, givenPath) =>
    (await locateDataset(name, givenPath, options)) ? [] : searched(name, givenPath, options).map(({ folder }) => folder);
}

/** `train-images-idx3-ubyte`, as published, or `train-images.idx3-ubyte`, as some tools unpack it; each also with `.gz`. */
export function namesOf(part: Part): string[] {
  const idx = part.endsWith('images') ? 'idx3-ubyte' : 'idx1-ubyte';
  return [`${part}-${idx}`, `${part}.${idx}`].flatMap((name) => [name, `${name}.gz`]);
}

async function findPart(folder: string, part: Part): Promise<string | null> {
  for (const name of namesOf(part)) {
    const file = path.join(folder, name);
    if ((await stat(file).catch(() => null))?.isFile()) return file;
  }
  return null;
}
