/** Fetches a published data set into the user's cache: only when asked to, resumable, and used only when its digests match. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../setup/paths';
import { dataErrors } from './errors';
import { locateDataset, namesOf, PARTS, type IdxSet, type Part } from './locate';
import { PUBLISHED } from './published';

export interface GetOptions {
  env?: NodeJS.ProcessEnv;
  mirrors?: readonly string[];
  /** Digests of the gzip'd files, where they are not the published ones. */
  md5?: Readonly<Record<Part, string>>;
  signal?: AbortSignal;
  progress?: (file: string, done: number, total: number | null) => void;
  /** A mirror that says nothing for so long is given up. */
  timeoutMs?: number;
}

/** @returns the folder. @throws data/no-network where no mirror gave a file with the right digest, data/cannot-write. */
export async function getDataset(name: IdxSet, options: GetOptions = {}): Promise<string> {
  const folder = path.join(cacheFolder(options.env), 'data', name);
  try {
    await mkdir(folder, { recursive: true });
    for (const part of PARTS) await getPart(name, part, folder, options);
  } catch (error) {
    throw isOfDisk(error) ? dataErrors.cannotWrite(folder, error) : error;
  }
  return folder;
}

const isOfDisk = (error: unknown): boolean => error instanceof Error && 'syscall' in error && 'path' in error;

/** A file counts as published by its gzip'd name, `train-images-idx3-ubyte.gz`. */
async function getPart(name: IdxSet, part: Part, folder: string, options: GetOptions): Promise<void> {
  const file = namesOf(part)[1]!;
  const target = path.join(folder, file);
  const expected = (options.md5 ?? PUBLISHED[name].md5)[part];
  if ((await md5(target)) === expected) return;
  const partial = `${target}.part`;
  // Whole, but the process ended before it was renamed.
  if ((await md5(partial)) === expected) return await rename(partial, target);
  const reasons: string[] = [];
  for (const mirror of options.mirrors ?? PUBLISHED[name].mirrors) {
    try {
      await download(new URL(file, mirror), partial, file, options);
      if ((await md5(partial)) === expected) return await rename(partial, target);
      reasons.push(`${new URL(mirror).host}: the bytes differ from the published file`);
      await rm(partial, { force: true });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isOfDisk(error)) throw error;
      reasons.push(`${new URL(mirror).host}: ${reason(error)}`);
    }
  }
  throw dataErrors.noNetwork(name, file, reasons);
}

/** Goes on where a `.part` file ends, if the server can. */
async function download(url: URL, partial: string, file: string, options: GetOptions): Promise<void> {
  const { signal, progress, timeoutMs = 15_000 } = options;
  const have = (await stat(partial).catch(() => null))?.size ?? 0;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(new Error('no answer')), timeoutMs);
  try {
    const response = await fetch(url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]),
    });
    if (response.status === 416 && have > 0) {
      // The part is no beginning of the file: longer than it.
      await rm(partial, { force: true });
      return await download(url, partial, file, options);
    }
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    const from = response.status === 206 ? have : 0;
    const length = Number(response.headers.get('content-length')) || null;
    const handle = await open(partial, from > 0 ? 'a' : 'w');
    let done = from;
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(new Error('no answer')), timeoutMs);
        await handle.write(chunk as Uint8Array);
        done += (chunk as Uint8Array).length;
        progress?.(file, done, length && length + from);
      }
    } finally {
      await handle.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function md5(file: string): Promise<string | null> {
  const hash = createHash('md5');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

export interface Listed {
  name: string;
  found: string | null;
}

/** The data sets that an experiment can name, and where each lies. */
export async function listDatasets(env: NodeJS.ProcessEnv = process.env): Promise<Listed[]> {
  const idx = (['mnist', 'fashion-mnist'] as const).map(async (name) => ({
    name,
    found: (await locateDataset(name, undefined, { experimentDir: null, env }))?.folder ?? null,
  }));
  return [...(await Promise.all(idx)), { name: 'digits', found: 'built in' }];
}
