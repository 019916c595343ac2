/** Digests and sizes of what was provided. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { KernelManifest } from './locate';

export async function sha256(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

/** Every file below a folder, links followed, sorted by name; each is on the disk when this returns. */
export async function describeFiles(folder: string, signal?: AbortSignal): Promise<KernelManifest['files']> {
  const files: KernelManifest['files'] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const { size } = await stat(file);
    if (entry.isDirectory()) continue;
    const handle = await open(file, 'r+');
    await handle.sync().finally(() => handle.close());
    files.push({ file: path.relative(folder, file).split(path.sep).join('/'), bytes: size, sha256: await sha256(file, signal) });
  }
  return files.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Bytes of the files below a folder, while others write there. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(path.join(entry.parentPath, entry.name)).then(
          (s) => s.size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
