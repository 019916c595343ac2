/** How much memory there is for a run. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Sets a smaller limit, in bytes. */
export const MEMORY_LIMIT = 'PRUNE_LAB_MEMORY_LIMIT';

/** The text of a file; null where there is none. */
type Files = (file: string) => string | null;

/**
 * Bytes. On Linux what the kernel says could be had without swapping (`MemAvailable`; what os.freemem() says leaves out the cache of files), but
 * not more than this process's control groups leave; elsewhere all that the machine has.
 *
 * @param own what this process holds already and goes on to use; 0 where it asks for another
 */
export function availableMemory(
  env: NodeJS.ProcessEnv = process.env,
  files: Files = textOf,
  own: number = process.memoryUsage.rss(),
): number {
  const limit = env[MEMORY_LIMIT] ? Number(env[MEMORY_LIMIT]) : NaN;
  return Math.min(os.totalmem(), fromLinux(files, own) ?? Infinity, fromGroups(files, own), limit > 0 ? limit : Infinity);
}

function fromLinux(files: Files, own: number): number | null {
  const found = /^MemAvailable:\s*(\d+) kB$/m.exec(files('/proc/meminfo') ?? '');
  return found ? Number(found[1]) * 1024 + own : null;
}

/** Where a version of control groups says what a group may have, what it has, and how much of that the system would give back. */
interface Version {
  root: string;
  limit: string;
  usage: string;
  cached: RegExp;
  /** This process's group, in its line of /proc/self/cgroup. */
  group: RegExp;
}

const VERSIONS: readonly Version[] = [
  { root: '/sys/fs/cgroup', limit: 'memory.max', usage: 'memory.current', cached: /^inactive_file (\d+)$/m, group: /^0::(\/.*)$/m },
  {
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    usage: 'memory.usage_in_bytes',
    cached: /^total_inactive_file (\d+)$/m,
    group: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m,
  },
];

/** The least that this process's group or one above it leaves. A container sees its own group at the root, whatever /proc calls it. */
function fromGroups(files: Files, own: number): number {
  const groups = files('/proc/self/cgroup') ?? '';
  return Math.min(
    ...VERSIONS.flatMap((version) =>
      withAbove(version.group.exec(groups)?.[1] ?? '/').map((group) => left(path.posix.join(version.root, group), version, files, own)),
    ),
  );
}

/** `/a/b`, `/a` and `/`. */
function withAbove(group: string): string[] {
  const above = path.posix.dirname(group);
  return above === group ? [group] : [group, ...withAbove(above)];
}

function left(folder: string, { limit, usage, cached }: Version, files: Files, own: number): number {
  const number = (name: string): number | null => {
    const text = files(path.posix.join(folder, name))?.trim();
    return text && /^\d+$/.test(text) ? Number(text) : null;
  };
  const most = number(limit);
  if (most === null) return Infinity;
  const used = number(usage);
  if (used === null) return most;
  const givenBack = Number(cached.exec(files(path.posix.join(folder, 'memory.stat')) ?? '')?.[1] ?? 0);
  return Math.min(most, Math.max(0, most - used + givenBack + own));
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
