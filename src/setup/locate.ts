/** Finds the native kernels that set-up provided. Quick: looks at names and sizes, since the libraries are 700 MB. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from '../shared/zod';
import type { Device } from '../shared/device';
import { kernelsFolder } from './paths';
import { kernelId, KERNELS } from './sources';

/** kernels.json of a kernel folder. */
export const KernelManifest = z.object({
  id: z.string(),
  /** How they came to be: `tensorflow-cpu wheel + compiled addon` or `tfjs-node download`. */
  source: z.string(),
  /** As the loaded library names itself. */
  tensorflow: z.string(),
  platform: z.string(),
  arch: z.string(),
  created: z.string(),
  /** Paths with `/`, relative to the folder. */
  files: z.array(z.object({ file: z.string(), bytes: z.int(), sha256: z.string() })).check(z.minLength(1)),
});
export type KernelManifest = z.infer<typeof KernelManifest>;

export interface LocatedKernels {
  folder: string;
  from: 'override' | 'cache';
  source: string;
  tensorflow: string;
}

export const ADDON = path.join('lib', 'napi-v8', 'tfjs_binding.node');
export const MANIFEST = 'kernels.json';

/**
 * The kernels to load for a device: the folder in PRUNE_LAB_KERNELS, whatever it can, else what lies whole in the cache; null where there
 * are none.
 */
export function locateKernels(env: NodeJS.ProcessEnv = process.env, device: Device = 'cpu'): LocatedKernels | null {
  const override = env['PRUNE_LAB_KERNELS'];
  if (override) {
    if (!existsSync(path.join(override, ADDON))) return null;
    const manifest = readManifest(override);
    const { source = 'PRUNE_LAB_KERNELS', tensorflow = 'unknown' } = manifest ?? {};
    return { folder: path.resolve(override), from: 'override', source, tensorflow };
  }
  for (const kind of KERNELS.filter((each) => device === 'cpu' || each.device === device)) {
    const located = locateIn(path.join(kernelsFolder(env), kernelId(kind)));
    if (located) return located;
  }
  return null;
}

/** The kernels in a folder of the cache; null unless every file of its manifest is there in full size. */
export function locateIn(folder: string): LocatedKernels | null {
  const manifest = readManifest(folder);
  if (!manifest?.files.every(({ file, bytes }) => sizeOf(path.join(folder, file)) === bytes)) return null;
  return { folder, from: 'cache', source: manifest.source, tensorflow: manifest.tensorflow };
}

function readManifest(folder: string): KernelManifest | null {
  try {
    return KernelManifest.parse(JSON.parse(readFileSync(path.join(folder, MANIFEST), 'utf8')));
  } catch {
    return null;
  }
}

function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}
