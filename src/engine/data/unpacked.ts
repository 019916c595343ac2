import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { dataErrors } from './errors';

/** The file's bytes, unpacked where it is gzip'd: told by its first two bytes, whatever its name. @throws data/unreadable, gzip-corrupt */
export async function* unpacked(file: string): AsyncGenerator<Buffer> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(file, 'r');
    const start = Buffer.alloc(2);
    await handle.read(start, 0, 2, 0);
    const raw = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 });
    if (start[0] === 0x1f && start[1] === 0x8b) yield* gunzipped(raw);
    else for await (const chunk of raw) yield chunk as Buffer;
  } catch (error) {
    // Disks and network folders fail in the middle of a file too.
    throw isOfZlib(error) ? dataErrors.gzipCorrupt(file, error.message) : dataErrors.unreadable(file, error);
  } finally {
    // Nothing was written that closing could lose.
    await handle?.close().catch(() => {});
  }
}

async function* gunzipped(raw: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  raw.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of raw.pipe(gunzip)) yield chunk as Buffer;
  } finally {
    raw.destroy();
    gunzip.destroy();
  }
}

function isOfZlib(error: unknown): error is Error {
  return error instanceof Error && ((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_');
}
