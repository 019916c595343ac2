/** Which data set a problem is about, and how the place of its files is written into the file. Knows nothing of the editor. */
import path from 'node:path';
import type { Node } from 'jsonc-parser';
import { nodeAt, type Path } from '../../config/problems';
import type { ExperimentFile } from '../../config/schema';
import { PUBLISHED_SETS, type PublishedSet } from '../../engine/data/locate';
import { leadsOut } from '../../shared/paths';

/** Which set is missing, and where in the file the place of its files belongs. */
export type MissingSet =
  /** Looked for in the usual places, or only in a given folder. */
  { name: PublishedSet; where: 'usual' | 'given'; folderAt: Path } | { name: 'images' | 'npy'; where: 'given'; folderAt: Path };

/** Keys of `data` that name a file; `path` names a folder. */
const FILES = ['images', 'labels', 'testImages', 'testLabels'];

/** @param at path of a problem config/data-not-found */
export function dataSetOf(at: Path, tree: Node | undefined, file: Pick<ExperimentFile, 'data'> | null): MissingSet | null {
  const key = keyOf(at);
  const given: unknown = key === 'name' ? nodeAt(tree, at)?.value : file?.data.name;
  const name = PUBLISHED_SETS.find((set) => set === given);
  if (key === 'name') return name ? { name, where: 'usual', folderAt: ['data', 'path'] } : null;
  if (FILES.includes(key)) return given === 'npy' ? { name: 'npy', where: 'given', folderAt: at } : null;
  if (key !== 'path') return null;
  if (given === 'images') return { name: given, where: 'given', folderAt: at };
  return name ? { name, where: 'given', folderAt: at } : null;
}

/** Is a file named there, not a folder? */
export const isFilePlace = (at: Path): boolean => FILES.includes(keyOf(at));

const keyOf = (at: Path): string => String(at[0] === 'sweep' ? at[1] : at.slice(0, 2).join('.')).replace(/^data\./, '');

/** As people write it: relative to the experiment's folder where it lies below it, with slashes on every system. */
export function pathToWrite(
  place: string,
  experimentDir: string,
  system: Pick<path.PlatformPath, 'relative' | 'isAbsolute' | 'sep'> = path,
): string {
  const relative = system.relative(experimentDir, place);
  return (leadsOut(relative, system) ? place : relative || '.').split(system.sep).join('/');
}
