/** Reading run folders. What is read was written by another process, perhaps another version, so all of it is parsed. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import * as z from '../shared/zod';
import { messageOf, toFailure, type Failure } from '../shared/errors';
import { NestedTooDeep, parseJson } from '../shared/json';
import { RUN_FILES } from '../shared/ids';
import { HistoryRow, isActive, Report, Run, type RunState } from '../shared/report';
import { storeErrors } from './errors';
import { digestOf, isBroken } from './seal';

/** Throws store/not-a-run, store/damaged. */
export async function readRun(folder: string): Promise<Run> {
  const file = join(folder, RUN_FILES.run);
  const text = await textOf(file);
  if (text === null) throw storeErrors.notARun(folder);
  return parse(Run, text, file);
}

/** Throws store/not-a-run, store/no-report, store/damaged. */
export async function readReport(folder: string): Promise<Report> {
  const file = join(folder, RUN_FILES.report);
  const text = await textOf(file);
  if (text === null) throw storeErrors.noReport(folder, effectiveState(await readRun(folder)));
  return parse(Report, text, file);
}

/**
 * The resolved experiment as `schema` reads it: exactly what the run was made with. Throws store/not-a-run, store/damaged.
 *
 * @param run the run's record, where it was read already
 */
export async function readConfig<T>(folder: string, schema: z.core.$ZodType<T>, run?: Run): Promise<T> {
  const file = join(folder, RUN_FILES.config);
  const text = await textOf(file);
  if (text === null) throw storeErrors.notARun(folder);
  const { configDigest } = run ?? (await readRun(folder));
  if (configDigest && configDigest !== digestOf(text)) throw storeErrors.damaged(file, 'it is not what the run was made with.');
  return parse(schema, text, file);
}

/**
 * The epochs so far; none where nothing was written. A last line without its newline was cut by a crash (or is being written) and
 * is left out; any other line that does not parse is store/damaged.
 */
export async function readHistory(folder: string): Promise<HistoryRow[]> {
  const file = join(folder, RUN_FILES.metrics);
  const lines = ((await textOf(file)) ?? '').split('\n');
  lines.pop();
  return lines.map((line, i) => parse(HistoryRow, line, `${file}:${i + 1}`));
}

export type Listed = { folder: string; run: Run } | { folder: string; run: null; failure: Failure };

/** The runs under `root`, newest first; a folder that cannot be read is listed last, with what is wrong with it. */
export async function listRuns(root: string): Promise<Listed[]> {
  const names = await readdir(root).catch(() => []);
  const listed = await Promise.all(names.filter((name) => !name.startsWith('.')).map((name) => list(join(root, name))));
  return listed
    .filter((entry) => entry !== null)
    .sort((a, b) => (b.run?.created ?? '').localeCompare(a.run?.created ?? '') || b.folder.localeCompare(a.folder));
}

async function list(folder: string): Promise<Listed | null> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) return null;
  try {
    return { folder, run: await readRun(folder) };
  } catch (error) {
    return { folder, run: null, failure: toFailure(error) };
  }
}

/** The state that is true now: a run that goes on or waits for its turn, but whose process is gone, was interrupted. */
export function effectiveState(run: Run): RunState {
  return isActive(run) && !isAlive(run) ? 'interrupted' : run.state;
}

/** Is the process there that wrote this? */
export function isAlive(run: Pick<Run, 'pid' | 'updated'>): boolean {
  // Zero and below are groups of processes.
  if (run.pid === null || run.pid <= 0) return false;
  // Process ids start anew with the machine, so one from before the start says nothing. A minute for the clocks' difference.
  if (Date.parse(run.updated) < Date.now() - (uptime() + 60) * 1000) return false;
  try {
    process.kill(run.pid, 0);
    return !isZombie(run.pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Has it ended, with nobody there to take note? So stay those whose parent died too, in containers whose first process minds no others (Linux). */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Files of runs that this process reads at a time: each is an open file, of which a system gives a process a thousand, or 256. */
const opening = pLimit(32);

async function textOf(file: string): Promise<string | null> {
  try {
    return await opening(async () => {
      // Looked at before it is opened: opening a pipe would wait for its writer.
      if (!(await stat(file)).isFile()) throw new Error('it is no regular file.');
      return readFile(file, 'utf8');
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw storeErrors.damaged(file, messageOf(error), error);
  }
}

/** What the JSON in `text` says, as `schema` reads it; `where` is the file that is at fault. Throws store/damaged. */
export function parse<T>(schema: z.core.$ZodType<T>, text: string, where: string): T {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    throw storeErrors.damaged(where, error instanceof NestedTooDeep ? `${error.message}.` : `it is not JSON (${messageOf(error)}).`, error);
  }
  const parsed = z.safeParse(schema, json);
  if (parsed.success) {
    if (isBroken(json)) throw storeErrors.damaged(where, 'its digest does not match.');
    return parsed.data;
  }
  const issue = parsed.error.issues[0]!;
  throw storeErrors.damaged(where, `\`${issue.path.join('.') || 'the whole'}\`: ${issue.message}.`, parsed.error);
}
