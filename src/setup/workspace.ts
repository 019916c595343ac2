/**
 * The temporary folder beside the target that everything is made in, and which is renamed to the target at the end. Nothing half-made
 * is ever used. Several processes at once: one works, the others wait for it; should two work after all, the first rename wins.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setupErrors } from './errors';
import type { OnProgress } from './progress';

const HEARTBEAT_MS = 10_000;
/** A folder untouched for so long has no owner, wherever it was made. */
const ABANDONED_MS = 15 * 60_000;
const POLL_MS = 500;

/** Cache folders may be shared by machines, whose process ids say nothing to each other. */
const HOST = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);

export interface Workspace {
  folder: string;
  /** Renames the folder to the target. Where the target has become whole meanwhile, that one stays and this one goes. */
  install(isWhole: () => boolean): Promise<void>;
  /** Removes what is left. */
  dispose(): Promise<void>;
}

/**
 * Opens a workspace for `target`, removing those of processes that are gone. Waits while another process works on the same target;
 * null when the target is there after that. Throws setup/cannot-write.
 */
export async function openWorkspace(
  target: string,
  isThere: () => boolean,
  progress: OnProgress,
  signal?: AbortSignal,
): Promise<Workspace | null> {
  const parent = path.dirname(target);
  const prefix = `${path.basename(target)}.tmp-`;
  try {
    await mkdir(parent, { recursive: true });
    for (;;) {
      await waitForOthers(parent, prefix, progress, signal);
      if (isThere()) return null;
      const name = `${prefix}${process.pid}-${HOST}-${Date.now()}${randomBytes(3).toString('hex')}`;
      const folder = path.join(parent, name);
      await mkdir(folder);
      // Two may have looked at the same moment and seen nobody: the one who began first stays.
      const others = await owned(parent, prefix);
      if (others.every((other) => beganAt(other) >= beganAt(name))) return workspace(folder, target);
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw setupErrors.cannotWrite(parent, error);
  }
}

function workspace(folder: string, target: string): Workspace {
  const heartbeat = setInterval(() => void utimes(folder, new Date(), new Date()).catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();
  const old = `${folder}-old`;
  return {
    folder,
    async install(isWhole) {
      try {
        await rename(folder, target).catch(async () => {
          if (isWhole()) return;
          // Damaged, or to be replaced: out of the way first, for a folder cannot be renamed over another.
          await rename(target, old);
          await rename(folder, target);
        });
      } catch (error) {
        throw setupErrors.cannotWrite(target, error);
      }
    },
    async dispose() {
      clearInterval(heartbeat);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      await rm(old, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function waitForOthers(parent: string, prefix: string, progress: OnProgress, signal?: AbortSignal): Promise<void> {
  for (let names = await owned(parent, prefix); names.length > 0; names = await owned(parent, prefix)) {
    progress({ step: 'wait', detail: `process ${names[0]!.slice(prefix.length).split('-')[0]}` });
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** A name's last part: time, then chance. */
const beganAt = (name: string) => name.slice(name.lastIndexOf('-') + 1);

/** Names of the temporary folders whose owners are alive; the others are removed. */
async function owned(parent: string, prefix: string): Promise<string[]> {
  const alive: string[] = [];
  for (const name of (await readdir(parent)).filter((name) => name.startsWith(prefix) && !name.endsWith('-old'))) {
    const folder = path.join(parent, name);
    const touched = (await stat(folder).catch(() => null))?.mtimeMs;
    if (touched === undefined) continue;
    const [pid, host] = name.slice(prefix.length).split('-');
    const isGone = (host === HOST && !isRunning(Number(pid))) || Date.now() - touched > ABANDONED_MS;
    if (!isGone) alive.push(name);
    else for (const left of [folder, `${folder}-old`]) await rm(left, { recursive: true, force: true, maxRetries: 3 });
  }
  return alive;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
