/** Fetches one published file: resumable, from the first mirror that has it, and only with the right digest. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dataErrors } from './errors';

export interface FetchOptions {
  mirrors?: readonly string[];
  signal?: AbortSignal;
  progress?: (file: string, done: number, total: number | null) => void;
  /** A mirror that says nothing for so long is given up. */
  timeoutMs?: number;
}

/** Which file, of which data set, to which path; `mirrors` end in a slash. */
export interface Wanted {
  name: string;
  file: string;
  target: string;
  md5: string;
  mirrors: readonly string[];
}

/** Leaves the file at `target`, where it stays as it is if it is the right one. @throws data/no-network */
export async function fetchFile({ name, file, target, md5: expected, mirrors }: Wanted, options: FetchOptions): Promise<void> {
  if ((await md5(target)) === expected) return;
  const partial = `${target}.part`;
  // Whole, but the process ended before it was renamed.
  if ((await md5(partial)) === expected) return await rename(partial, target);
  const reasons: string[] = [];
  for (const mirror of mirrors) {
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

export const isOfDisk = (error: unknown): boolean => error instanceof Error && 'syscall' in error && 'path' in error;

/** Goes on where a `.part` file ends, if the server can. */
async function download(url: URL, partial: string, file: string, options: FetchOptions): Promise<void> {
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
        // An abort just after the last byte would leave the body's reader waiting for ever.
        signal?.throwIfAborted();
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
