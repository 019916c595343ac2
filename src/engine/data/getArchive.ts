/** Fetches the archive of a CIFAR set and unpacks what is read of it: the folder appears whole or not at all. */
import { lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { unpack } from '../../setup/archive';
import { PruneError } from '../../shared/errors';
import { dataErrors } from './errors';
import { fetchFile, type FetchOptions } from './fetch';
import { ARCHIVE_FOLDER, type CifarSet } from './locate';
import { LONGEST_NAMES, type CifarArchive } from './publishedCifar';

/** The published archives have ten. */
const MOST_ENTRIES = 1000;

/** @returns the folder of the archive, below `folder`. @throws data/no-network, data/bad-archive, and errors of the disk */
export async function getArchive(name: CifarSet, archive: CifarArchive, folder: string, options: FetchOptions): Promise<string> {
  const target = path.join(folder, ARCHIVE_FOLDER[name]);
  if ((await faultOf(target, archive)) === null) return target;
  options.signal?.throwIfAborted();
  const packed = path.join(folder, archive.file);
  await fetchFile({ name, file: archive.file, target: packed, md5: archive.md5, mirrors: options.mirrors ?? archive.mirrors }, options);

  const staging = await mkdtemp(path.join(folder, 'unpacking-'));
  try {
    // Only the files that are read, each by its own name: whatever else the archive holds is not written.
    const place = (entry: string) =>
      path.posix.dirname(entry) === ARCHIVE_FOLDER[name] && path.posix.basename(entry) in archive.files ? path.posix.basename(entry) : null;
    // Its digest is right by now; the bound is for archives that others name in its place. Files whose size is not pinned are lists of
    // names.
    const known = Object.values(archive.files).reduce<number>((sum, bytes) => sum + (bytes ?? LONGEST_NAMES), 0);
    await unpack(packed, staging, place, { signal: options.signal, mostBytes: known, mostEntries: MOST_ENTRIES }).catch(
      (error: unknown) => {
        throw error instanceof PruneError ? dataErrors.badArchive(packed, error.message) : error;
      },
    );
    const fault = await faultOf(staging, archive);
    if (fault !== null) throw dataErrors.badArchive(packed, fault);
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
    await rm(packed, { force: true });
    return target;
  } finally {
    // Of a damaged archive, files may still be on their way to the disk.
    await rm(staging, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The first file that is missing, or of another size than it should be; null where all is there. */
async function faultOf(folder: string, { files }: CifarArchive): Promise<string | null> {
  for (const [name, bytes] of Object.entries(files)) {
    const found = await lstat(path.join(folder, name)).catch(() => null);
    if (!found?.isFile()) return `${name} is missing.`;
    if (bytes !== null && found.size !== bytes) {
      return `${name} has ${found.size.toLocaleString('en')} bytes, not ${bytes.toLocaleString('en')}.`;
    }
  }
  return null;
}
