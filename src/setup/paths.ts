import path from 'node:path';
import envPaths from 'env-paths';

/** Per-user folder for what is large and can be had again: `kernels/` and `data/`. PRUNE_LAB_CACHE overrides it. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const override = env['PRUNE_LAB_CACHE'];
  return override ? path.resolve(override) : envPaths('prune-lab', { suffix: '' }).cache;
}

/** Where kernels lie, a folder for each id. */
export const kernelsFolder = (env?: NodeJS.ProcessEnv) => path.join(cacheFolder(env), 'kernels');
