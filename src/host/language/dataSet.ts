/** Which data set a problem is about, and how its folder is written into the file. Knows nothing of the editor. */
import path from 'node:path';
import type { Node } from 'jsonc-parser';
import { nodeAt, writeAt, type Path, type TextEdit } from '../../config/problems';
import type { ExperimentFile } from '../../config/schema';

export interface MissingSet {
  name: 'mnist' | 'fashion-mnist';
  /** What the problem stands at. */
  at: 'name' | 'path';
}

/** @param at path of a problem config/data-not-found */
export function dataSetOf(at: Path, tree: Node | undefined, file: Pick<ExperimentFile, 'data'> | null): MissingSet | null {
  const key = at[0] === 'sweep' ? String(at[1]).replace(/^data\./, '') : at[1];
  const name: unknown = key === 'name' ? nodeAt(tree, at)?.value : file?.data.name;
  if ((key !== 'name' && key !== 'path') || (name !== 'mnist' && name !== 'fashion-mnist')) return null;
  return { name, at: key };
}

/** As people write it: relative to the experiment's folder where it lies below it, with slashes on every system. */
export function pathToWrite(folder: string, experimentDir: string, system: Pick<path.PlatformPath, 'relative' | 'isAbsolute' | 'sep'> = path): string {
  const relative = system.relative(experimentDir, folder);
  const isBelow = relative !== '' && !relative.startsWith('..') && !system.isAbsolute(relative);
  return (isBelow ? relative : relative === '' ? '.' : folder).split(system.sep).join('/');
}

/** Writes data.path; null where the file has no data to write it into. */
export function writeDataPath(text: string, tree: Node | undefined, folder: string): TextEdit | null {
  return nodeAt(tree, ['data'])?.type === 'object' ? writeAt(text, tree, ['data', 'path'], folder) : null;
}
