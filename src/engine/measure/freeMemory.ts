/** How much memory this process may still take. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Sets a smaller limit, in bytes. */
const LIMIT = 'PRUNE_LAB_MEMORY_LIMIT';

/**
 * Bytes. On Linux what the kernel says could be had without swapping (`MemAvailable`; what os.freemem() says leaves out the cache of files)
 * and what this process holds of it already, but not more than its control group may have; elsewhere all that the machine has.
 *
 * @param files where Linux tells it; text or null where there is no such file
 */
export function availableMemory(env: NodeJS.ProcessEnv = process.env, files: (path: string) => string | null = textOf): number {
  const limit = env[LIMIT] ? Number(env[LIMIT]) : NaN;
  return Math.min(os.totalmem(), fromLinux(files) ?? Infinity, fromGroup(files) ?? Infinity, limit > 0 ? limit : Infinity);
}

function fromLinux(files: (path: string) => string | null): number | null {
  const found = /^MemAvailable:\s*(\d+) kB$/m.exec(files('/proc/meminfo') ?? '');
  return found ? Number(found[1]) * 1024 + process.memoryUsage.rss() : null;
}

/** Version 2 of control groups, else version 1; a process in a container sees its own group at the root. */
function fromGroup(files: (path: string) => string | null): number | null {
  const root = '/sys/fs/cgroup';
  const number = (path: string) => {
    const text = files(path)?.trim();
    return text && /^\d+$/.test(text) ? Number(text) : null;
  };
  return number(`${root}/memory.max`) ?? number(`${root}/memory/memory.limit_in_bytes`);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
