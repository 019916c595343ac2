/** Kills the terminal program, alone or with its child, at random points of the lives of runs, and continues these. */
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { stream } from '../../src/engine/random';
import { RUNS_FOLDER } from '../../src/shared/ids';
import { effectiveState, listRuns, readReport } from '../../src/store/read';
import { endOf, partIn } from './kills';
import type { Promises } from './promises';
import { filesOf, litterOf, type Runs, type Whole } from './runs';

export const HOSTS = {
  ends: 'A child ends within 10 s of the kill of its host, and leaves no temporary file',
  same: 'A run whose host was killed, continued, ends with the same report and files',
  both: 'A run that was killed together with its host, continued, ends with the same report and files',
} as const;

export interface Plan {
  /** Kills of the host alone, and of both. */
  kills: number;
  seed: number;
  parallel: number;
}

/** How long a child may outlive its host, in ms. */
const OUTLIVES = 10_000;

export async function killHosts(runs: Runs, promises: Promises, { kills, seed, parallel }: Plan): Promise<void> {
  const rng = stream(seed, 'hosts');
  const whole = await wholeHost(runs);
  const fates = Array.from({ length: 2 * kills }, (_, i) => ({ ms: Math.floor(rng.uniform() * whole.ms), both: i % 2 === 1 }));
  await pLimit(parallel).map(fates, async (fate) => {
    const host = startHost(runs);
    const named = (loss: string | null) => loss && `${loss} (${JSON.stringify(fate)}, seed ${seed}, ${host.cwd})`;
    await Promise.race([sleep(fate.ms), host.closed]);
    host.kill(fate.both);
    const outlived = await host.isAlone();
    if (!fate.both) promises.tried(HOSTS.ends, named(outlived ?? (await temporaryIn(host.cwd))));
    promises.tried(fate.both ? HOSTS.both : HOSTS.same, named(await continuedIn(runs, host.cwd, whole)));
  });
}

interface Host {
  /** Its workspace. */
  cwd: string;
  closed: Promise<unknown>;
  kill(both: boolean): void;
  /** Waits until none of its processes is left; what is wrong where one outlives it too long. */
  isAlone(): Promise<string | null>;
}

/** The terminal program, in a workspace and with a folder for temporary files of its own. */
function startHost(runs: Runs): Host {
  const cwd = runs.workspace();
  const temporary = path.join(cwd, 'tmp');
  mkdirSync(temporary);
  // Its child inherits what begins so: by this, the processes of this host are known.
  const mark = `PRUNE_LAB_FAULT_HOST=${path.basename(cwd)}`;
  const env = { ...runs.env('cli.js', null), TMPDIR: temporary, PRUNE_LAB_FAULT_HOST: path.basename(cwd) };
  const host = runs.terminal(cwd, env);
  return {
    cwd,
    closed: once(host, 'close'),
    kill: (both) => {
      const others = both ? processesWith(mark).filter((pid) => pid !== host.pid) : [];
      for (const pid of [host.pid!, ...others]) killIfThere(pid);
      // One that was being started is there now.
      if (both) processesWith(mark).forEach(killIfThere);
    },
    isAlone: async () => {
      for (const end = Date.now() + OUTLIVES; processesWith(mark).length > 0; await sleep(50))
        if (Date.now() > end) return `processes ${processesWith(mark).join(', ')} are still there`;
      return null;
    },
  };
}

/** The processes with this in their environment that have not ended (Linux). */
function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && hasMark(pid, mark));
}

function hasMark(pid: number, mark: string): boolean {
  try {
    // One that nobody has waited for yet has no program any more.
    return readlinkSync(`/proc/${pid}/exe`) !== '' && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function wholeHost(runs: Runs): Promise<Whole> {
  const started = performance.now();
  const host = startHost(runs);
  await host.closed;
  const ms = performance.now() - started;
  const [listed] = await listRuns(path.join(host.cwd, RUNS_FOLDER));
  if (listed?.run?.state !== 'done') throw new Error(`The uninterrupted run did not end: ${JSON.stringify(listed)}`);
  const runDir = listed.folder;
  return { runDir, report: await readReport(runDir), files: filesOf(runDir), ms, operations: 0 };
}

/** What a child that stopped by itself must not leave, nor where all temporary files go. */
async function temporaryIn(cwd: string): Promise<string | null> {
  const left = readdirSync(path.join(cwd, 'tmp'));
  const runs = await listRuns(path.join(cwd, RUNS_FOLDER));
  for (const { folder } of runs) left.push(...[...filesOf(folder).keys()].filter((name) => /\.\d+$/.test(name)));
  return left.length > 0 ? `it left ${left.join(', ')}` : null;
}

/** Continues the run, if there is one yet, as another process would. */
async function continuedIn(runs: Runs, cwd: string, whole: Whole): Promise<string | null> {
  const root = path.join(cwd, RUNS_FOLDER);
  for (const { folder, run } of await listRuns(root)) {
    if (!run) return `${folder} cannot be read`;
    const isActive = () => ['running', 'queued'].includes(effectiveState(run));
    // A killed process is there for moments longer than its program, until the system has taken its memory back.
    for (const end = Date.now() + OUTLIVES; isActive(); await sleep(20)) if (Date.now() > end) return `it says ${effectiveState(run)}`;
    const loss = (await partIn(folder, whole)) ?? (await endOf(runs, folder, whole)) ?? litterOf(folder, whole);
    if (loss) return loss;
  }
  return runs.hiddenAfterCreating(root);
}
