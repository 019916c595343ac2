import writeFileAtomic from 'write-file-atomic';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RUN_FILES } from '../shared/ids';
import { storeErrors } from './errors';

/**
 * Writes a whole file under a temporary name, flushes it, renames it and flushes its folder, so that a reader (or a crash, or a power cut) meets
 * the old content or the new, never a part, and what is written later is never there without it. Creates the folder where it is missing.
 * Throws store/cannot-write, store/disk-full.
 */
export async function writeAtomic(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await makeFolder(dirname(file));
  } catch (cause) {
    throw storeErrors.cannotWrite(file, cause);
  }
  await replaceAtomic(file, content);
}

/** The same where the folder is a run's: one that was removed is not made anew. Throws store/gone, store/cannot-write, store/disk-full. */
export async function replaceAtomic(file: string, content: string | Uint8Array): Promise<void> {
  // A view, not a copy: masks and models are megabytes.
  const bytes = typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  try {
    // The library writes once and takes a part for the whole, as a disk that fills up makes of it; writeFile goes on until all is written.
    // What the library flushes is the file, whoever wrote to it.
    const options = { tmpfileCreated: (temporary: string) => writeFile(temporary, bytes) as unknown as void };
    await writeFileAtomic(file, '', options);
    await syncFolder(dirname(file));
  } catch (cause) {
    fail(file, cause);
  }
}

/** Writes a file of a folder that nobody knows yet, and flushes it. `wx` fails where it is there. */
export async function writeFlushed(file: string, text: string, flag: 'w' | 'wx' = 'w'): Promise<void> {
  const handle = await open(file, flag);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it that are missing, so that their names outlast a power cut. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** What file systems say that flush no folders, or flush them by themselves. */
const NO_FLUSH = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS']);

/** Flushes the names in a folder: until then a power cut may undo a renaming. Windows opens no folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_FLUSH.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** A text file of a run that grows: begun with `text`. Throws store/gone, store/cannot-write, store/disk-full. */
export async function beginText(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((cause: unknown) => fail(file, cause));
}

/** Adds to it. Throws store/gone, store/cannot-write, store/disk-full. */
export async function addText(file: string, text: string): Promise<void> {
  await appendFile(file, text).catch((cause: unknown) => fail(file, cause));
}

/** Flushes it: before that its end, or all of it, may be lost in a power cut. Throws store/gone, store/cannot-write, store/disk-full. */
export async function flushText(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    fail(file, cause);
  }
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
