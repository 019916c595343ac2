import writeFileAtomic from 'write-file-atomic';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RUN_FILES } from '../shared/ids';
import { storeErrors } from './errors';

/**
 * Writes a whole file under a temporary name, flushes it and renames it, so that a reader (or a crash) meets the old content or
 * the new, never a part. Creates the folder where it is missing. Throws store/cannot-write, store/disk-full.
 */
export async function writeAtomic(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (cause) {
    throw storeErrors.cannotWrite(file, cause);
  }
  await replaceAtomic(file, content);
}

/** The same where the folder is a run's: one that was removed is not made anew. Throws store/gone, store/cannot-write, store/disk-full. */
export async function replaceAtomic(file: string, content: string | Uint8Array): Promise<void> {
  // A view, not a copy: masks and models are megabytes.
  const bytes = typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  await writeFileAtomic(file, bytes).catch((cause: unknown) => fail(file, cause));
}

/** A text file of a run that grows: begun with `text`. Throws store/gone, store/cannot-write, store/disk-full. */
export async function beginText(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((cause: unknown) => fail(file, cause));
}

/** Adds to it. Throws store/gone, store/cannot-write, store/disk-full. */
export async function addText(file: string, text: string): Promise<void> {
  await appendFile(file, text).catch((cause: unknown) => fail(file, cause));
}

function fail(file: string, cause: unknown): never {
  throw (cause as NodeJS.ErrnoException).code === 'ENOENT' ? storeErrors.gone(dirname(file)) : storeErrors.cannotWrite(file, cause);
}

/** Throws store/gone where the folder of a run is no more: writing whole files would make a new one, without what makes it a run. */
export function assertRunIsThere(folder: string): void {
  if (!existsSync(join(folder, RUN_FILES.run))) throw storeErrors.gone(folder);
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
