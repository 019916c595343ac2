/** A new run's folder: queued, with its experiment written out. A folder belongs to one run. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { RUN_FILES, runId } from '../shared/ids';
import type { Run } from '../shared/report';
import { makeFolder, syncFolder, toJson, writeFlushed } from './atomic';
import { storeErrors } from './errors';
import { isAlive } from './read';
import { digestOf, sealed } from './seal';

export interface NewRun {
  /** `root`: a folder of runs, where the run gets a name of its own. `folder`: exactly this folder, absent or empty. */
  at: { root: string } | { folder: string };
  /** The resolved experiment; written as it is to config.resolved.json. */
  experiment: { readonly seed: number };
  experimentFile: string | null;
  label: string;
  configHash: string;
}

/** Creates the folder and returns its absolute path. Throws store/exists, store/cannot-write, store/disk-full. */
export async function createRun(run: NewRun): Promise<string> {
  if ('folder' in run.at) return createExactly(resolve(run.at.folder), run);
  const root = resolve(run.at.root);
  const created = before.then(() => createIn(root, run));
  before = created.catch(() => {});
  return created;
}

/** One after another: those that want the same name would all write and flush a record for each that they do not get. */
let before: Promise<unknown> = Promise.resolve();

/**
 * The folder is written under a hidden name and renamed, so that whoever lists the root sees it complete or not at all. Renaming a
 * folder onto one that has content fails on every system, which is what keeps two clients from sharing one.
 */
async function createIn(root: string, run: NewRun): Promise<string> {
  const now = new Date();
  const id = runId(now, run.label, run.configHash);
  const hidden = join(root, `.creating-${process.pid}-${randomBytes(8).toString('hex')}`);
  try {
    await makeFolder(root);
    await mkdir(hidden);
    await writeFlushed(join(hidden, RUN_FILES.config), toJson(run.experiment));
    for (let n = 1; ; n++) {
      const name = n === 1 ? id : `${id}-${n}`;
      if ((await content(join(root, name))) !== null) continue;
      await writeFlushed(join(hidden, RUN_FILES.run), toJson(sealed(record(name, run, now))));
      await syncFolder(hidden);
      if (!(await renamed(hidden, join(root, name)))) continue;
      await syncFolder(root);
      await removeUnfinished(root);
      return join(root, name);
    }
  } catch (cause) {
    await rm(hidden, { recursive: true, force: true }).catch(() => {}); // What stopped the writing is the news.
    throw storeErrors.cannotWrite(root, cause);
  }
}

/** Where that was done; once is enough, and a sweep may have thousands of runs. */
const tidy = new Set<string>();

/** Folders of runs that processes were about to create, and did not live to. */
async function removeUnfinished(root: string): Promise<void> {
  if (tidy.has(root)) return;
  tidy.add(root);
  for (const name of await readdir(root).catch(() => [])) {
    const pid = /^\.creating-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive({ pid: Number(pid), updated: new Date().toISOString() })) continue;
    await rm(join(root, name), { recursive: true, force: true }).catch(() => {}); // It disturbs nobody.
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    // Windows says EPERM for a folder that exists; make sure that it does before another name is tried.
    const code = errorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || (code === 'EPERM' && (await content(to)) !== null)) return false;
    throw error;
  }
}

async function createExactly(folder: string, run: NewRun): Promise<string> {
  await assertVacant(folder);
  try {
    await makeFolder(folder);
    // `wx` lets one of two clients that were given the same folder win.
    await writeFlushed(join(folder, RUN_FILES.run), toJson(sealed(record(basename(folder), run, new Date()))), 'wx');
    await writeFlushed(join(folder, RUN_FILES.config), toJson(run.experiment));
    await syncFolder(folder);
  } catch (cause) {
    throw errorCode(cause) === 'EEXIST' ? storeErrors.existsAsRun(folder) : storeErrors.cannotWrite(folder, cause);
  }
  return folder;
}

/** Throws store/exists unless `folder` is absent or empty. */
export async function assertVacant(folder: string): Promise<void> {
  const names = await content(folder);
  if (names?.includes(RUN_FILES.run)) throw storeErrors.existsAsRun(folder);
  if (names?.length) throw storeErrors.exists(folder);
}

async function content(folder: string): Promise<string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    if (errorCode(error) === 'ENOTDIR') throw storeErrors.notAFolder(folder);
    throw storeErrors.cannotWrite(dirname(folder), error);
  }
}

function record(id: string, run: NewRun, now: Date): Run {
  return {
    schema: 1,
    id,
    label: run.label,
    state: 'queued',
    pid: process.pid,
    experimentFile: run.experimentFile,
    configHash: run.configHash,
    configDigest: digestOf(toJson(run.experiment)),
    seed: run.experiment.seed,
    created: now.toISOString(),
    updated: now.toISOString(),
    progress: null,
    resumable: false,
    failure: null,
    summary: null,
  };
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
