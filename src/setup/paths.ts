import path from 'node:path';
import envPaths from 'env-paths';

/** Per-user folder for what is large and can be had again: `kernels/` and `data/`. PRUNE_LAB_CACHE overrides it. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const override = env['PRUNE_LAB_CACHE'];
  return override ? path.resolve(override) : envPaths('prune-lab', { suffix: '' }).cache;
}

/** Where data sets lie that were fetched, a folder for each by its name. */
export const dataCache = (env?: NodeJS.ProcessEnv): string => path.join(cacheFolder(env), 'data');

/** Where the person keeps data sets, in the same way: the folder in PRUNE_LAB_DATA; null where it names none. */
export function sharedData(env: NodeJS.ProcessEnv = process.env): string | null {
  const named = env['PRUNE_LAB_DATA'];
  return named ? path.resolve(named) : null;
}

/** Where kernels lie, a folder for each id. */
export const kernelsFolder = (env?: NodeJS.ProcessEnv) => path.join(cacheFolder(env), 'kernels');
