/** Damages files of run folders at random places, and reads and continues what is left. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import pLimit from 'p-limit';
import { Experiment } from '../../src/config/schema';
import { stream, type Rng } from '../../src/engine/random';
import { readCheckpoint } from '../../src/engine/train/checkpoint';
import { toFailure } from '../../src/shared/errors';
import { RUN_FILES } from '../../src/shared/ids';
import { listRuns, readConfig, readHistory, readReport, readRun } from '../../src/store/read';
import { readRunView } from '../../src/store/view';
import type { Promises } from './promises';
import { faultOf, type Runs, type Whole } from './runs';

export const DAMAGES = {
  finished: 'A damaged file of a finished run is named, or what it says is right',
  interrupted: 'A damaged file of an interrupted run is named, or what it says is right',
  continued: 'An interrupted run with a damaged file is refused, or ends with the same report',
} as const;

const FILES = [RUN_FILES.run, RUN_FILES.config, RUN_FILES.metrics, RUN_FILES.report, RUN_FILES.checkpoint];

export interface Plan {
  /** So many times for each file. */
  damages: number;
  resumes: number;
  seed: number;
  parallel: number;
}

export async function damageRuns(runs: Runs, whole: Whole, promises: Promises, { damages, resumes, seed, parallel }: Plan): Promise<void> {
  const rng = stream(seed, 'damages');
  const interrupted = await interruptedRun(runs, whole);
  const finished = runs.temporary();
  cpSync(whole.runDir, finished, { recursive: true });
  for (const [promise, folder] of [
    [DAMAGES.finished, finished],
    [DAMAGES.interrupted, interrupted],
  ] as const) {
    const good = await readings(folder);
    for (const name of FILES.filter((file) => existsSync(path.join(folder, file)))) {
      const file = path.join(folder, name);
      const bytes = readFileSync(file);
      for (let i = 0; i < damages; i++) {
        const [how, damaged] = damagedBytes(bytes, rng);
        writeFileSync(file, damaged);
        const loss = firstLoss(good, await readings(folder));
        promises.tried(promise, loss && `${name} ${how}: ${loss} (seed ${seed})`);
      }
      writeFileSync(file, bytes);
    }
  }
  // A report that an interrupted run cannot have: it is written anew.
  const jobs = FILES.flatMap((name) => Array.from({ length: resumes }, () => ({ name, fates: stream(rng.next(), name) })));
  await pLimit(parallel).map(jobs, async ({ name, fates }) => {
    const folder = runs.temporary();
    cpSync(interrupted, folder, { recursive: true });
    const from = path.join(name === RUN_FILES.report ? whole.runDir : folder, name);
    const [how, damaged] = damagedBytes(readFileSync(from), fates);
    writeFileSync(path.join(folder, name), damaged);
    const loss = await continued(runs, folder, whole);
    promises.tried(DAMAGES.continued, loss && `${name} ${how}: ${loss} (seed ${seed})`);
  });
}

/** A run that was killed half way, with a checkpoint. */
export async function interruptedRun(runs: Runs, whole: Whole): Promise<string> {
  const runDir = await runs.create();
  await runs.live(runDir, { operation: Math.ceil(whole.operations / 2) });
  if (!existsSync(path.join(runDir, RUN_FILES.checkpoint))) throw new Error('The killed run left no checkpoint to damage.');
  return runDir;
}

function damagedBytes(bytes: Buffer, rng: Rng): [how: string, damaged: Buffer] {
  const at = Math.floor(rng.uniform() * bytes.length);
  const damaged = Buffer.from(bytes);
  switch (rng.next() % 4) {
    case 0:
      return [`cut at ${at}`, damaged.subarray(0, at)];
    case 1:
      damaged[at]! ^= 1 << (rng.next() % 8);
      return [`with a bit turned at ${at}`, damaged];
    case 2: {
      const end = Math.min(bytes.length, at + 1 + (rng.next() % 16));
      for (let i = at; i < end; i++) damaged[i] = rng.next() % 256;
      return [`with noise from ${at} to ${end}`, damaged];
    }
    default:
      // What a file system may leave of a file that was not flushed when the power went.
      return [`all zeros from ${at}`, damaged.fill(0, at)];
  }
}

type Reading = { value: unknown } | { code: string; message: string };

/** Everything that reads a run folder, by name. */
async function readings(folder: string): Promise<Map<string, Reading>> {
  const attempt = async (read: () => Promise<unknown>): Promise<Reading> => {
    try {
      return { value: await read() };
    } catch (error) {
      return toFailure(error);
    }
  };
  const checkpoint = path.join(folder, RUN_FILES.checkpoint);
  const read: Record<string, () => Promise<unknown>> = {
    run: () => readRun(folder),
    config: () => readConfig(folder, Experiment),
    report: () => readReport(folder),
    history: () => readHistory(folder),
    view: () => readRunView(folder),
    list: async () => (await listRuns(path.dirname(folder))).map((entry) => (entry.run ? { run: entry.run } : entry)),
    ...(existsSync(checkpoint) && { checkpoint: async () => readCheckpoint(checkpoint, (await readRun(folder)).configHash) }),
  };
  const found = new Map<string, Reading>();
  for (const [name, of] of Object.entries(read)) found.set(name, await attempt(of));
  return found;
}

/** The first reader that fell over its file or took it for another; null where none. */
function firstLoss(good: Map<string, Reading>, now: Map<string, Reading>): string | null {
  for (const [name, reading] of now) {
    if ('code' in reading) {
      if (reading.code === 'internal/unexpected') return `${name} fell over: ${reading.message}`;
    } else if (!isRight(name, reading.value, good.get(name)!)) return `${name} reads something else`;
  }
  return null;
}

function isRight(name: string, value: unknown, good: Reading): boolean {
  if (!('value' in good)) return false;
  if (isDeepStrictEqual(value, good.value)) return true;
  // The last lines may be lost: epochs that a crash cut off.
  if (name === 'history') return isBeginningOf(value, good.value);
  if (name === 'list')
    return (value as object[]).every((entry) => 'failure' in entry || (good.value as object[]).some((g) => isDeepStrictEqual(entry, g)));
  if (name !== 'view') return false;
  // A view shows what is right, and says what is wrong with the rest.
  const [view, whole] = [value, good.value] as Record<string, unknown>[];
  return Object.keys(whole!).every((key) => {
    if (isDeepStrictEqual(view![key], whole![key])) return true;
    if (key === 'history') return isBeginningOf(view![key], whole![key]);
    if (key === 'config') return view![key] === null;
    if (key === 'report') return view![key] === null && view!['failure'] !== null;
    return key === 'failure' ? view!['failure'] !== null : key === 'experiment' && view!['config'] === null;
  });
}

function isBeginningOf(value: unknown, of: unknown): boolean {
  return Array.isArray(value) && Array.isArray(of) && isDeepStrictEqual(value, of.slice(0, value.length));
}

async function continued(runs: Runs, folder: string, whole: Whole): Promise<string | null> {
  const outcome = await runs.live(folder);
  if (outcome.state === 'done') return faultOf(folder, whole);
  if (outcome.state === 'cancelled') return 'it was cancelled by nobody';
  const { code, message } = outcome.failure;
  return code === 'internal/unexpected' || code.startsWith('client/') ? `${code}: ${message}` : null;
}
