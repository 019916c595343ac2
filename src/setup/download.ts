/** What tfjs-node's own install script would download: libtensorflow and the prebuilt addon. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { messageOf } from '../shared/errors';
import { unpack, type Place } from './archive';
import { setupErrors } from './errors';
import { ADDON } from './locate';
import type { OnProgress } from './progress';
import type { DownloadSource } from './sources';

const PROBE_MS = 3000;
/** No byte for so long: the connection is dead. */
const STALL_MS = 30_000;

/** Room for the archive (some 130 MB) and what is in it (some 400 MB). */
export const DOWNLOAD_DISK_BYTES = 700e6;

interface Context {
  /** Temporary folder: everything is written below it. */
  folder: string;
  env: NodeJS.ProcessEnv;
  progress: OnProgress;
  signal?: AbortSignal | undefined;
}

/** Asks whether the host has the library, for 3 s at most. Throws setup/no-network. */
export async function probe({ library }: DownloadSource, { env, progress, signal }: Omit<Context, 'folder'>): Promise<void> {
  progress({ step: 'probe', detail: new URL(library).host });
  const agent = agentOf(env);
  const timeout = AbortSignal.timeout(PROBE_MS);
  try {
    const response = await fetch(library, {
      method: 'HEAD',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      dispatcher: agent,
    });
    if (!response.ok) throw new Error(`the answer was ${response.status} ${response.statusText}`);
  } catch (error) {
    signal?.throwIfAborted();
    throw setupErrors.noNetwork(library, timeout.aborted ? `no answer within ${PROBE_MS / 1000} s.` : reason(error));
  } finally {
    await agent.destroy();
  }
}

/** Downloads libtensorflow and unpacks it to deps/lib and include. Throws setup/no-network, setup/bad-archive. */
export async function fetchLibrary({ library, tensorflow }: DownloadSource, context: Context): Promise<void> {
  const unpacked = await fetchArchive(library, `libtensorflow ${tensorflow}`, placeLibrary, context);
  if (!unpacked.some((file) => /libtensorflow\.|tensorflow\.dll$/.test(file)))
    throw setupErrors.badArchive(library, 'it holds no libtensorflow.');
}

/** Downloads the prebuilt addon to where it belongs. Throws setup/no-network, setup/bad-archive. */
export async function fetchAddon({ addon }: DownloadSource, context: Context): Promise<void> {
  const unpacked = await fetchArchive(
    addon,
    'the addon',
    (entry) => (path.posix.basename(entry) === 'tfjs_binding.node' ? ADDON : null),
    context,
  );
  if (unpacked.length !== 1) throw setupErrors.badArchive(addon, 'it holds no tfjs_binding.node.');
}

/** Windows looks for a library beside what needs it, and some of its archives lack the folder; elsewhere the addon names deps/lib. */
export const placeLibrary: Place = (entry) => {
  if (/^(?:lib\/)?tensorflow\.dll$/.test(entry)) return path.join(path.dirname(ADDON), 'tensorflow.dll');
  if (/^lib\/libtensorflow[^/]*$/.test(entry)) return `deps/${entry}`;
  return /^include\/.*\.h$/.test(entry) ? entry : null;
};

async function fetchArchive(url: string, detail: string, place: Place, { folder, env, progress, signal }: Context): Promise<string[]> {
  const archive = path.join(folder, 'archive');
  await mkdir(folder, { recursive: true });
  const agent = agentOf(env);
  try {
    const response = await fetch(url, { dispatcher: agent, ...(signal && { signal }) });
    if (!response.ok || !response.body) throw new Error(`the answer was ${response.status} ${response.statusText}`);
    const length = Number(response.headers.get('content-length'));
    const total = length > 0 ? { total: length } : {};
    let done = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        progress({ step: 'download', detail, done: (done += chunk.length), ...total });
        next(null, chunk);
      },
    });
    await pipeline(Readable.from(response.body), count, createWriteStream(archive), { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw setupErrors.noDisk(folder, DOWNLOAD_DISK_BYTES, null);
    throw setupErrors.noNetwork(url, reason(error));
  } finally {
    await agent.destroy();
  }
  progress({ step: 'unpack', detail });
  const unpacked = await unpack(archive, folder, place, { signal });
  await rm(archive);
  return unpacked;
}

/** HTTPS_PROXY and its kin, which Node's own fetch heeds only in its newer versions. */
function agentOf(env: NodeJS.ProcessEnv): EnvHttpProxyAgent {
  const of = (name: string) => env[name.toLowerCase()] || env[name];
  const [httpProxy, httpsProxy, noProxy] = [of('HTTP_PROXY'), of('HTTPS_PROXY'), of('NO_PROXY')];
  return new EnvHttpProxyAgent({
    bodyTimeout: STALL_MS,
    headersTimeout: STALL_MS,
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: noProxy ?? '',
  });
}

/** fetch says `fetch failed` and keeps the reason in its cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  return `${messageOf(cause) || ((cause as NodeJS.ErrnoException).code ?? 'unknown')}.`;
}
