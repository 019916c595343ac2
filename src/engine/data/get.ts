/** Fetches a published data set into the user's cache: only when asked to, resumable, and used only when its digests match. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { dataCache } from '../../setup/paths';
import { dataErrors } from './errors';
import { fetchFile, isOfDisk, type FetchOptions } from './fetch';
import { getArchive } from './getArchive';
import { isCifar, locateDataset, namesOf, PARTS, PUBLISHED_SETS, type IdxSet, type Part, type PublishedSet } from './locate';
import { PUBLISHED } from './published';
import { CIFAR_PUBLISHED, type CifarArchive } from './publishedCifar';

export interface GetOptions extends FetchOptions {
  env?: NodeJS.ProcessEnv;
  /** Digests of the gzip'd IDX files, where they are not the published ones. */
  md5?: Readonly<Record<Part, string>>;
  /** What the archive of a CIFAR set is, where it is not the published one. */
  archive?: Pick<CifarArchive, 'md5' | 'files'>;
}

/** @returns the folder. @throws data/no-network where no mirror gave a file with the right digest, data/cannot-write, data/bad-archive. */
export async function getDataset(name: PublishedSet, options: GetOptions = {}): Promise<string> {
  const folder = path.join(dataCache(options.env), name);
  try {
    await mkdir(folder, { recursive: true });
    if (isCifar(name)) return await getArchive(name, { ...CIFAR_PUBLISHED[name].archive, ...options.archive }, folder, options);
    for (const part of PARTS) await getPart(name, part, folder, options);
  } catch (error) {
    throw isOfDisk(error) ? dataErrors.cannotWrite(folder, error) : error;
  }
  return folder;
}

/** A file counts as published by its gzip'd name, `train-images-idx3-ubyte.gz`. */
async function getPart(name: IdxSet, part: Part, folder: string, options: GetOptions): Promise<void> {
  const file = namesOf(part)[1]!;
  const { md5, mirrors } = PUBLISHED[name];
  const wanted = { name, file, target: path.join(folder, file), md5: (options.md5 ?? md5)[part], mirrors: options.mirrors ?? mirrors };
  await fetchFile(wanted, options);
}

export interface Listed {
  name: string;
  found: string | null;
}

/** The data sets that an experiment can name, and where each lies. */
export async function listDatasets(env: NodeJS.ProcessEnv = process.env): Promise<Listed[]> {
  const published = PUBLISHED_SETS.map(async (name) => ({
    name,
    found: (await locateDataset(name, undefined, { experimentDir: null, env }))?.folder ?? null,
  }));
  return [...(await Promise.all(published)), { name: 'digits', found: 'built in' }];
}
