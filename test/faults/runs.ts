/** Short runs of the built engine, in which a death is arranged, and what is true of one that ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runExperiment } from '../../src/client/run';
import type { Outcome } from '../../src/client/connection';
import { startEngine } from '../../src/client/spawn';
import { configHash } from '../../src/config/hash';
import { ExperimentFile } from '../../src/config/schema';
import { expandExperiment } from '../../src/config/sweep';
import { RUN_FILES } from '../../src/shared/ids';
import { withoutTimes, type HistoryRow, type Report } from '../../src/shared/report';
import { createRun } from '../../src/store/create';
import { readHistory, readReport } from '../../src/store/read';

/** Every phase and what a checkpoint can hold: a dense twin, pruning with carried statistics, fine-tuning, the best epoch's weights. */
const EXPERIMENT = {
  data: { name: 'digits', train: 300, validation: 100, test: 100 },
  model: { name: 'mlp', hidden: [12, 8] },
  train: { epochs: 4, batch: 25, learningRate: 0.05, weightDecay: 5e-4 },
  prune: { method: 'wls', keep: 0.2, criterion: { lambda: 0.2, decay: 0.5 }, schedule: { name: 'logistic', end: 0.75 } },
  fineTune: { epochs: 3, learningRate: 0.01 },
  measure: { dense: 'twin', select: 'best-validation', latency: { batch: 16, repeats: 3 } },
  engine: { threads: 1 },
  seed: 3,
};

/**
 * What happens to a life: it goes on to its end, is killed after so many ms, or at the nth operation that changes a file; `power`, a seed: what
 * was not flushed by then may be lost.
 */
export type Fate = { ms: number } | { operation: number; power?: number } | { count: string } | null;

export class Runs {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'prune-lab-faults-'));
  private readonly experiment = expandExperiment(ExperimentFile.parse(EXPERIMENT), 'faults')[0]!.experiment;

  private readonly killer: string;

  /** `checkout`: the folder with the built engine in dist/. */
  constructor(readonly checkout: string) {
    this.killer = path.join(checkout, 'test', 'faults', 'killer.cjs');
  }

  /** A folder of a queued run. */
  create(root = this.root): Promise<string> {
    const { experiment } = this;
    return createRun({ at: { root }, experiment, experimentFile: null, label: 'faults', configHash: configHash(experiment) });
  }

  /** A folder with the experiment in it. */
  workspace(): string {
    const folder = path.dirname(this.temporary());
    writeFileSync(path.join(folder, 'faults.prune.json'), JSON.stringify(EXPERIMENT));
    return folder;
  }

  /** A folder name for a copy, or a file. */
  temporary(): string {
    return path.join(mkdtempSync(path.join(this.root, '.copy-')), 'run');
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** One life of a run, started as every client does: from its checkpoint, or anew where it has none. */
  live(runDir: string, fate: Fate = null): Promise<Outcome> {
    return runExperiment({ ...this.engine(fate), runDir, resume: hasCheckpoint(runDir) });
  }

  /** The same where nobody is left to write down how it ended. */
  async liveAlone(runDir: string, fate: Fate): Promise<Outcome> {
    const engine = await startEngine(this.engine(fate));
    try {
      engine.send({ type: 'start', runDir, resume: hasCheckpoint(runDir) });
      return await engine.finished;
    } finally {
      await engine.dispose();
    }
  }

  private engine(fate: Fate) {
    return { engineFile: this.killer, threads: 1, env: this.env('engine.js', fate) };
  }

  /** The terminal program, running the experiment of this workspace. */
  terminal(cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
    return spawn(process.execPath, [this.killer, 'run', 'faults.prune.json', '--json'], { cwd, env, stdio: 'ignore' });
  }

  /** Creates a run, by which what a dead process was about to create goes; what stays of it, or null. */
  async hiddenAfterCreating(root: string): Promise<string | null> {
    await this.create(root);
    const hidden = readdirSync(root).filter((name) => name.startsWith('.'));
    return hidden.length > 0 ? `${hidden.join(', ')} stayed` : null;
  }

  /** The environment in which killer.cjs is one of the built programs. */
  env(program: string, fate: Fate): NodeJS.ProcessEnv {
    const file = path.resolve(this.checkout, 'dist', program);
    return { ...process.env, PRUNE_LAB_CHECKPOINT_SECONDS: '0', PRUNE_LAB_FAULT_PROGRAM: file, ...fateEnv(fate, this.root) };
  }
}

const hasCheckpoint = (runDir: string) => existsSync(path.join(runDir, RUN_FILES.checkpoint));

function fateEnv(fate: Fate, root: string): NodeJS.ProcessEnv {
  if (fate === null) return {};
  if ('ms' in fate) return { PRUNE_LAB_FAULT_MS: String(fate.ms) };
  if ('count' in fate) return { PRUNE_LAB_FAULT_COUNT: fate.count };
  const power = fate.power !== undefined && { PRUNE_LAB_FAULT_POWER: String(fate.power), PRUNE_LAB_FAULT_ROOT: root };
  return { PRUNE_LAB_FAULT_OPERATION: String(fate.operation), ...power };
}

/** An uninterrupted run, which the others are compared with. */
export interface Whole {
  runDir: string;
  report: Report;
  /** Names of all files, and digests of those that two runs have in common byte by byte. */
  files: Map<string, string | null>;
  /** How long its process lived, and how often it changed a file. */
  ms: number;
  operations: number;
}

export async function wholeRun(runs: Runs): Promise<Whole> {
  const runDir = await runs.create();
  const count = runs.temporary();
  const started = performance.now();
  const outcome = await runs.live(runDir, { count });
  const ms = performance.now() - started;
  if (outcome.state !== 'done') throw new Error(`The uninterrupted run did not end: ${JSON.stringify(outcome)}`);
  return { runDir, report: await readReport(runDir), files: filesOf(runDir), ms, operations: Number(readFileSync(count, 'utf8')) };
}

/** Files with times in them. */
const TIMED = new Set<string>([RUN_FILES.run, RUN_FILES.report, RUN_FILES.metrics, RUN_FILES.log]);

export function filesOf(runDir: string): Map<string, string | null> {
  const entries = readdirSync(runDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => path.relative(runDir, path.join(entry.parentPath, entry.name))).sort();
  const digest = (name: string) =>
    createHash('sha256')
      .update(readFileSync(path.join(runDir, name)))
      .digest('hex');
  return new Map(names.map((name) => [name, TIMED.has(name) ? null : digest(name)]));
}

/** Is it the report of the uninterrupted run, but for times? */
export const isSameReport = (report: Report, whole: Whole): boolean => isDeepStrictEqual(withoutTimes(report), withoutTimes(whole.report));

const plain = ({ seconds: _s, tensors: _t, ...row }: HistoryRow) => row;

/** Are these the first epochs of the uninterrupted run (all of them or fewer)? */
export function isBeginning(history: readonly HistoryRow[], whole: Whole): boolean {
  return isDeepStrictEqual(history.map(plain), whole.report.history.slice(0, history.length).map(plain));
}

/** What is wrong with a run that ended; null where nothing is. */
export async function faultOf(runDir: string, whole: Whole): Promise<string | null> {
  const report = await readReport(runDir);
  if (!isSameReport(report, whole)) return `another report: ${firstDifference(withoutTimes(report), withoutTimes(whole.report))}`;
  if (!isDeepStrictEqual(await readHistory(runDir), report.history)) return 'metrics.ndjson is not the history of the report';
  return null;
}

/** What is left in the folder that the uninterrupted run does not leave, or is missing, or differs; null where nothing. */
export function litterOf(runDir: string, whole: Whole): string | null {
  const files = filesOf(runDir);
  if (isDeepStrictEqual(files, whole.files)) return null;
  const names = [...new Set([...files.keys(), ...whole.files.keys()])].filter((name) => files.get(name) !== whole.files.get(name));
  return `files that differ: ${names.join(', ')}`;
}

function firstDifference(a: unknown, b: unknown, at = ''): string {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return `${at}: ${JSON.stringify(a)}, not ${JSON.stringify(b)}`;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const [of, and] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const key = keys.find((k) => !isDeepStrictEqual(of[k], and[k]));
  return key === undefined ? at : firstDifference(of[key], and[key], `${at}.${key}`);
}
