/** Unpacks chosen files of a zip (a wheel is one) or a gzip'd tar, whatever its name ends in: tfjs-node's `.zip` for Windows is a tar. */
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as tar from 'tar';
import yauzl from 'yauzl';
import { messageOf, PruneError } from '../shared/errors';
import { setupErrors } from './errors';

/** Where an entry goes, relative to the folder; null leaves it out. */
export type Place = (entry: string) => string | null;

export interface UnpackOptions {
  signal?: AbortSignal | undefined;
  /** Bytes written so far. */
  written?: (bytes: number) => void;
  /** Bytes of all files unpacked, beyond which the archive is refused. */
  mostBytes?: number;
  /** Entries, those that are left out included. */
  mostEntries?: number;
}

/** Five times what TensorFlow's libraries take, and ten times the entries of its wheel: more than what is unpacked here ever has. */
const MOST = { bytes: 4e9, entries: 200_000 };

/**
 * Unpacks what `place` names into `folder` and returns the paths written, relative to it. Nothing is ever written outside of the folder.
 * Throws setup/bad-archive where the archive is damaged or one of its names would lead out.
 */
export async function unpack(archive: string, folder: string, place: Place, options: UnpackOptions = {}): Promise<string[]> {
  try {
    const magic = await firstBytes(archive);
    if (magic[0] === 0x50 && magic[1] === 0x4b) return await unzip(archive, folder, place, options);
    if (magic[0] === 0x1f && magic[1] === 0x8b) return await untar(archive, folder, place, options);
    throw setupErrors.badArchive(archive, 'it is neither a zip nor a gzip file.');
  } catch (error) {
    options.signal?.throwIfAborted();
    const isOwn =
      error instanceof PruneError || ['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw isOwn ? error : setupErrors.badArchive(archive, `${messageOf(error)}.`);
  }
}

/** Counts what an archive says that it holds: each entry before any of it is written. */
function bounds(archive: string, { mostBytes = MOST.bytes, mostEntries = MOST.entries }: UnpackOptions) {
  let [entries, bytes] = [0, 0];
  return {
    /** null where it is within bounds. */
    entry: () =>
      ++entries > mostEntries ? setupErrors.badArchive(archive, `it has more than ${mostEntries.toLocaleString('en')} entries.`) : null,
    file: (size: number) =>
      (bytes += size) > mostBytes
        ? setupErrors.badArchive(archive, `its files take more than ${mostBytes.toLocaleString('en')} bytes.`)
        : null,
  };
}

async function unzip(archive: string, folder: string, place: Place, options: UnpackOptions): Promise<string[]> {
  const { signal, written } = options;
  const bound = bounds(archive, options);
  const zip = await yauzl.openPromise(archive, { lazyEntries: true, autoClose: false });
  const unpacked: string[] = [];
  let bytes = 0;
  try {
    // yauzl refuses names that are absolute, hold `..` or a backslash, and entries longer than they say.
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      const tooMany = bound.entry();
      if (tooMany) throw tooMany;
      const target = entry.fileName.endsWith('/') ? null : place(entry.fileName);
      if (target === null) continue;
      // What is unpacked is never more than the entry says: yauzl sees to that.
      const tooLarge = bound.file(entry.uncompressedSize);
      if (tooLarge) throw tooLarge;
      if (!isInside(folder, target)) throw setupErrors.badArchive(archive, `\`${target}\` leads out of the folder.`);
      const file = path.join(folder, target);
      await mkdir(path.dirname(file), { recursive: true });
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          written?.((bytes += chunk.length));
          done(null, chunk);
        },
      });
      await pipeline(await zip.openReadStreamPromise(entry), count, createWriteStream(file, { flags: 'wx' }), { signal });
      unpacked.push(target);
    }
    return unpacked;
  } finally {
    zip.close();
  }
}

async function untar(archive: string, folder: string, place: Place, options: UnpackOptions): Promise<string[]> {
  const { signal, written } = options;
  signal?.throwIfAborted();
  const bound = bounds(archive, options);
  const unpacked: string[] = [];
  let refused: PruneError | null = null;
  const leadsOut = (name: string) => setupErrors.badArchive(archive, `\`${name}\` leads out of the folder.`);
  let bytes = 0;
  /** Is this entry to be unpacked? Where it must not be, the archive is refused. */
  const takes = (name: string, entry: Stats | tar.ReadEntry): boolean => {
    refused ??= bound.entry();
    // Directories come with their files.
    if (!('type' in entry) || !['File', 'OldFile', 'SymbolicLink'].includes(entry.type)) return false;
    const plain = name.replace(/^(\.\/)+/, '');
    if (plain.startsWith('/') || plain.split(/[\\/]/).includes('..')) refused ??= leadsOut(name);
    const target = refused === null ? place(plain) : null;
    if (target === null) return false;
    if (!isInside(folder, target)) refused ??= leadsOut(target);
    // Libraries have links to their versions beside them; no other link is needed.
    if (entry.type === 'SymbolicLink' && !/^(?!\.\.?$)[^\\/]+$/.test(entry.linkpath ?? '')) refused ??= leadsOut(target);
    refused ??= bound.file(entry.size);
    if (refused !== null) return false;
    entry.path = target;
    unpacked.push(target);
    return true;
  };
  const source = createReadStream(archive, { signal });
  const sink = tar.extract({
    cwd: folder,
    preserveOwner: false,
    // What tar would otherwise warn of and go on: damage, links that lead out.
    strict: true,
    filter: (name, entry) => {
      const isTaken = takes(name, entry);
      // What is left of the archive need not be unpacked to know.
      if (refused !== null) source.destroy(refused);
      return isTaken;
    },
    onReadEntry: (entry) => entry.on('end', () => written?.((bytes += entry.size))),
  });
  await new Promise<void>((resolve, reject) => {
    source.once('error', reject);
    sink.on('error', (error) => {
      source.destroy();
      reject(refused ?? (error instanceof Error ? error : new Error(String(error))));
    });
    sink.once('close', () => resolve());
    source.pipe(sink);
  });
  if (refused !== null) throw refused as PruneError;
  return unpacked;
}

function isInside(folder: string, target: string): boolean {
  return path.resolve(folder, target).startsWith(path.resolve(folder) + path.sep);
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
