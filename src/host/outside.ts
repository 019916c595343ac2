/**
 * What a run reads, and where it writes, stays in the workspace, wherever the paths and links of somebody else's repository point. Asked when a run
 * is started from the editor; the terminal client is the person's own hand. Knows nothing of the editor.
 */
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Experiment } from '../config/schema';
import { dataCache, sharedData } from '../setup/paths';
import { leadsOut } from '../shared/paths';
import * as z from '../shared/zod';
import { hostErrors } from './errors';

/** Folders in which all is allowed; null where the person allows any place. */
export type Allowed = readonly string[] | null;

/** How deep links are looked for: a data set has files, or folders of files; a run folder has `model/compact/model.json`. */
const DEPTH = { data: 2, run: 3 };

/** Where the person's own data sets lie, which every workspace may use. */
export function dataFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const shared = sharedData(env);
  return [...(shared === null ? [] : [shared]), dataCache(env)];
}

/**
 * Throws host/outside-workspace where a path of an experiment leads out of the allowed folders: by `..`, as an absolute path, through a symbolic
 * link on its way, or through one among the files that it names.
 *
 * @param file the experiment's; relative paths start from its folder
 */
export async function requirePathsInside(experiments: readonly Experiment[], file: string, allowed: Allowed): Promise<void> {
  if (allowed === null) return;
  const fence = await Fence.around(allowed);
  const named = new Map(experiments.flatMap(pathsOf).map((one) => [JSON.stringify(one), one]));
  for (const [key, written] of named.values()) {
    const full = path.resolve(path.dirname(file), written);
    const read = [full, ...(key === 'model.path' ? await weightFiles(full) : [])];
    const escape = (await fence.firstOutside(read)) ?? (await fence.linkOutside(full, DEPTH.data));
    if (escape) throw hostErrors.outsideWorkspace(key, escape.place === full ? written : escape.place, escape.leadsTo, file);
  }
}

/** Throws host/outside-workspace where a folder that is to be written into (or deleted) leads out of the allowed ones. */
export async function requireFolderInside(folder: string, allowed: Allowed): Promise<void> {
  await requireInside(folder, allowed, 0);
}

/** The same of a run folder that is there already, whose files may be links too: writing to such a one would change what it leads to. */
export async function requireRunInside(runDir: string, allowed: Allowed): Promise<void> {
  await requireInside(runDir, allowed, DEPTH.run);
}

/** @param depth how deep links in the folder are looked for */
async function requireInside(folder: string, allowed: Allowed, depth: number): Promise<void> {
  if (allowed === null) return;
  const fence = await Fence.around(allowed);
  const escape = (await fence.firstOutside([folder])) ?? (await fence.linkOutside(folder, depth));
  if (escape) throw hostErrors.runsOutside(escape.place, escape.leadsTo);
}

/** All that an experiment names outside of itself, as [key, what is written there]. */
export function pathsOf({ data, model }: Pick<Experiment, 'data' | 'model'>): [key: string, written: string][] {
  const named: [string, string | undefined][] =
    data.name === 'npy'
      ? (['images', 'labels', 'testImages', 'testLabels'] as const).map((key) => [`data.${key}`, data[key]])
      : [['data.path', 'path' in data ? data.path : undefined]];
  if (model.name === 'saved') named.push(['model.path', model.path]);
  return named.filter((one): one is [string, string] => one[1] !== undefined);
}

const WeightFiles = z.object({ weightsManifest: z.array(z.object({ paths: z.array(z.string()) })) });

/** The weight files that a model.json names; none where it is no such file, of which the run tells. */
async function weightFiles(modelFile: string): Promise<string[]> {
  try {
    // Opening a pipe would wait for its writer.
    if (!(await stat(modelFile)).isFile()) return [];
    const { weightsManifest } = WeightFiles.parse(JSON.parse(await readFile(modelFile, 'utf8')));
    return weightsManifest.flatMap(({ paths }) => paths.map((shard) => path.resolve(path.dirname(modelFile), shard)));
  } catch {
    return [];
  }
}

/** A place that leads out; `leadsTo` is null where that cannot be told. */
interface Escape {
  place: string;
  leadsTo: string | null;
}

class Fence {
  private constructor(
    private readonly written: readonly string[],
    private readonly real: readonly string[],
  ) {}

  static async around(folders: readonly string[]): Promise<Fence> {
    const real = await Promise.all(folders.map(whereItLeads));
    return new Fence(
      folders,
      real.filter((folder) => folder !== null),
    );
  }

  async firstOutside(places: readonly string[]): Promise<Escape | null> {
    for (const place of places) {
      // Of another machine's share (\\machine\share) Windows would ask that machine, and tell it who asks.
      const leadsTo = /^[\\/]{2}/.test(place) && !isBelow(this.written, place) ? place : await whereItLeads(place);
      if (leadsTo === null || !isBelow(this.real, leadsTo)) return { place, leadsTo };
    }
    return null;
  }

  /** The first link below a folder that leads out; none where it is no folder. Hidden names are passed over, as by those who read data. */
  async linkOutside(folder: string, depth: number): Promise<Escape | null> {
    if (depth === 0) return null;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const place = path.join(folder, entry.name);
      if (!entry.isSymbolicLink() && !entry.isDirectory()) continue;
      const escape = (entry.isSymbolicLink() ? await this.firstOutside([place]) : null) ?? (await this.linkOutside(place, depth - 1));
      if (escape) return escape;
    }
    return null;
  }
}

/** The place behind all links; of one that is not there yet, that at which it would be made. Null where a link leads nowhere, or to itself. */
async function whereItLeads(place: string): Promise<string | null> {
  try {
    return await realpath(place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return null;
    // What is there all the same is a link to what is not: writing would make it, wherever that is.
    const isThere = await lstat(place).then(
      () => true,
      () => false,
    );
    const parent = path.dirname(place);
    if (isThere || parent === place) return null;
    const above = await whereItLeads(parent);
    return above === null ? null : path.join(above, path.basename(place));
  }
}

function isBelow(folders: readonly string[], place: string): boolean {
  return folders.some((folder) => !leadsOut(path.relative(folder, place), path));
}
