/** Who works on a run folder: at most one process at a time, told by a folder `claim-<n>` in it that names the process. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from '../shared/zod';
import { writeFlushed } from './atomic';
import { storeErrors } from './errors';
import { effectiveState, isAlive, parse, readRun } from './read';

const Owner = z.object({ pid: z.int(), updated: z.string(), token: z.string() });

/** The claims of this process: a folder that was renamed took its claim with it, which then nobody gave back. */
const held = new Set<string>();

const CLAIM = /^claim-(\d+)$/;
const OWNER = 'owner.json';

/**
 * Takes a run folder for this process and returns what gives it back. A claim whose process is gone does not count: the next is made under
 * the number after it, and a name is made by one process only, since renaming a folder onto one that has content fails on every system.
 *
 * Throws store/in-use where another process has it, or this one twice; store/not-a-run, store/damaged, store/cannot-write, store/disk-full.
 */
export async function claimRun(folder: string): Promise<() => Promise<void>> {
  const run = await readRun(folder);
  const before = await claims(folder);
  const owner = before.find(({ owner }) => owner)?.owner;
  if (owner) throw storeErrors.inUse(folder, owner.pid);
  // The child of a client that was killed works on for moments, to its checkpoint.
  if (effectiveState(run) === 'running') throw storeErrors.inUse(folder, run.pid);

  const mine = `claim-${Math.max(0, ...before.map(({ n }) => n)) + 1}`;
  const token = randomBytes(8).toString('hex');
  held.add(token); // Before it is there to be read.
  const release = async () => {
    held.delete(token);
    // Out of the way first, so that never another's claim is removed in its place. One that stays counts no more without its process.
    const hidden = join(folder, `.claim-${token}`);
    await rename(join(folder, mine), hidden).catch(() => {});
    await rm(hidden, { recursive: true, force: true }).catch(() => {});
  };
  await make(folder, mine, token).catch((error: unknown) => {
    held.delete(token);
    throw error;
  });
  // Where we read slowly, others may have come and gone since, and begun to count anew.
  const other = (await claims(folder)).find(({ name, owner }) => name !== mine && owner);
  if (other) {
    await release();
    throw storeErrors.inUse(folder, other.owner!.pid);
  }
  for (const { name } of before) await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  return release;
}

async function make(folder: string, name: string, token: string): Promise<void> {
  const hidden = join(folder, `.claim-${token}`);
  try {
    await mkdir(hidden);
    // Flushed, since a power cut must not leave a claim of which nobody can tell whose it is.
    await writeFlushed(join(hidden, OWNER), JSON.stringify({ pid: process.pid, updated: new Date().toISOString(), token }));
    await rename(hidden, join(folder, name));
  } catch (cause) {
    await rm(hidden, { recursive: true, force: true }).catch(() => {}); // What stopped it is the news.
    const taken = (await claims(folder)).find((claim) => claim.name === name);
    if (taken) throw storeErrors.inUse(folder, taken.owner?.pid ?? null);
    throw storeErrors.cannotWrite(folder, cause);
  }
}

/** All claims, with their owner where it is alive. */
async function claims(folder: string) {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw storeErrors.cannotWrite(folder, cause);
  });
  const numbered = names.flatMap((name) => {
    const n = CLAIM.exec(name)?.[1];
    return n === undefined ? [] : [{ name, n: Number(n) }];
  });
  return Promise.all(numbered.map(async (claim) => ({ ...claim, owner: await livingOwner(join(folder, claim.name, OWNER)) })));
}

/** Null where the process is gone, or the claim: it came with its owner's name in it, so one without is being given back. */
async function livingOwner(file: string): Promise<z.infer<typeof Owner> | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const owner = parse(Owner, text, file);
  return isAlive(owner) && (owner.pid !== process.pid || held.has(owner.token)) ? owner : null;
}
