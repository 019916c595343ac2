/** Which data set a problem is about, and how its folder is written into the file. Knows nothing of the editor. */
import path from 'node:path';
import type { Node } from 'jsonc-parser';
import { nodeAt, type Path } from '../../config/problems';
import type { ExperimentFile } from '../../config/schema';

export interface MissingSet {
  name: 'mnist' | 'fashion-mnist';
  /** Was it looked for in the usual places, or only in a given folder? */
  where: 'usual' | 'given';
  /** Where the folder belongs in the file. */
  folderAt: Path;
}

/** @param at path of a problem config/data-not-found */
export function dataSetOf(at: Path, tree: Node | undefined, file: Pick<ExperimentFile, 'data'> | null): MissingSet | null {
  const key = at[0] === 'sweep' ? String(at[1]).replace(/^data\./, '') : at[1];
  const name: unknown = key === 'name' ? nodeAt(tree, at)?.value : file?.data.name;
  if ((key !== 'name' && key !== 'path') || (name !== 'mnist' && name !== 'fashion-mnist')) return null;
  return key === 'name' ? { name, where: 'usual', folderAt: ['data', 'path'] } : { name, where: 'given', folderAt: at };
}

/** As people write it: relative to the experiment's folder where it lies below it, with slashes on every system. */
export function pathToWrite(
  folder: string,
  experimentDir: string,
  system: Pick<path.PlatformPath, 'relative' | 'isAbsolute' | 'sep'> = path,
): string {
  const relative = system.relative(experimentDir, folder);
  const isBelow = relative !== '' && !relative.startsWith('..') && !system.isAbsolute(relative);
  return (isBelow ? relative : relative === '' ? '.' : folder).split(system.sep).join('/');
}
