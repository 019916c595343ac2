import writeFileAtomic from 'write-file-atomic';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { storeErrors } from './errors';

/**
 * Writes a whole file under a temporary name, flushes it and renames it, so that a reader (or a crash) meets the old content or
 * the new, never a part. Creates the folder where it is missing. Throws store/cannot-write.
 */
export async function writeAtomic(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    // A view, not a copy: masks and models are megabytes.
    await writeFileAtomic(
      file,
      typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  } catch (cause) {
    throw storeErrors.cannotWrite(file, cause);
  }
}

/** Under what names writeAtomic writes: the file's, whose extension is one of a run's, and a number. */
const TEMPORARY = /\.(json|bin|csv|u8|f32|ndjson)\.\d+$/;

/** Removes what a process that was killed while it wrote left under temporary names. Only for the process that owns `folder`. */
export async function removeTemporary(folder: string): Promise<void> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const left = entries.filter((entry) => entry.isFile() && TEMPORARY.test(entry.name));
    await Promise.all(left.map((entry) => rm(join(entry.parentPath, entry.name), { force: true })));
  } catch (cause) {
    throw storeErrors.cannotWrite(folder, cause);
  }
}

/** JSON as the store writes it: indented, so that a person can read and compare it, with a newline at the end. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
