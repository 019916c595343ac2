/** One run from start to end, in a child of its own. */
import { existsSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailure } from '../shared/errors';
import { RUN_FILES } from '../shared/ids';
import type { Event, Probe } from '../shared/protocol';
import { isActive } from '../shared/report';
import { claimRun } from '../store/claim';
import { readRun } from '../store/read';
import { updateRun } from '../store/update';
import type { Engine, Outcome } from './connection';
import { clientErrors } from './errors';
import { startEngine, type EngineOptions } from './spawn';

export interface RunOptions extends EngineOptions {
  /** The run's folder, made by createRun(). */
  runDir: string;
  /** Continue from the folder's checkpoint. */
  resume: boolean;
  onEvent?: ((event: Event) => void) | undefined;
  /** What must hold when the run begins, however long it waited; the run fails with what it throws. */
  check?: (() => Promise<void>) | undefined;
  /** Asks the child to stop at the end of its batch and to leave a checkpoint. */
  signal?: AbortSignal | undefined;
  /** Stops the child at once. */
  killSignal?: AbortSignal | undefined;
}

/** Runs the experiment of a run folder. Never rejects for what goes wrong in the child: that is an outcome, and run.json tells it. */
export async function runExperiment(options: RunOptions): Promise<Outcome> {
  let release: () => Promise<void>;
  try {
    release = await claimRun(options.runDir);
  } catch (error) {
    return { state: 'failed', failure: toFailure(error) };
  }
  try {
    return await runClaimed(options);
  } finally {
    await release();
  }
}

async function runClaimed(options: RunOptions): Promise<Outcome> {
  const outcome = await attempt(options);
  try {
    return await settleRecord(options.runDir, outcome);
  } catch (error) {
    // Why the run failed says more than that its record cannot be written.
    return outcome.state === 'failed' ? outcome : { state: 'failed', failure: toFailure(error) };
  }
}

async function attempt(options: RunOptions): Promise<Outcome> {
  const { runDir, signal, killSignal } = options;
  let engine: Engine | undefined;
  const cancel = () => engine?.send({ type: 'cancel' });
  const kill = () => engine?.kill();
  try {
    // Another client may have ended it while it waited for its turn here.
    if ((await readRun(runDir)).state === 'done') return { state: 'done', report: join(runDir, RUN_FILES.report) };
    // A run that goes on after a failure has not failed, until it fails again.
    await updateRun(runDir, { state: 'queued', pid: process.pid, failure: null });
    if (isAborted(signal, killSignal)) return await notBegun(runDir);
    await options.check?.();
    engine = await startEngine(options);
    if (isAborted(signal, killSignal)) return await notBegun(runDir);
    signal?.addEventListener('abort', cancel);
    killSignal?.addEventListener('abort', kill);
    if (options.onEvent) engine.onEvent(options.onEvent);
    engine.send({ type: 'start', runDir, resume: options.resume });
    const outcome = await engine.finished;
    if (outcome.state === 'failed' && engine.output) await log(runDir, engine.output);
    return outcome;
  } catch (error) {
    return { state: 'failed', failure: toFailure(error) };
  } finally {
    signal?.removeEventListener('abort', cancel);
    killSignal?.removeEventListener('abort', kill);
    await engine?.dispose();
  }
}

/** Asks a child for versions and computed checks. Throws what startEngine() throws, or client/engine-died. */
export async function probeEngine(options: EngineOptions): Promise<Probe> {
  const engine = await startEngine(options);
  try {
    const answer = new Promise<Probe>((resolve) => engine.onEvent((event) => event.type === 'probe' && resolve(event.probe)));
    engine.send({ type: 'probe' });
    const first = await Promise.race([answer, engine.finished]);
    if ('checks' in first) return first;
    throw clientErrors.refused(first.state === 'failed' ? first.failure : toFailure(clientErrors.notReady(first.state)));
  } finally {
    await engine.dispose();
  }
}

/** A child that died could not write how it ended; its client does. One that died when all was done, but for saying so, is done. */
async function settleRecord(runDir: string, outcome: Outcome): Promise<Outcome> {
  const run = await readRun(runDir);
  const checkpoint = join(runDir, RUN_FILES.checkpoint);
  if (run.state === 'done') {
    await rm(checkpoint, { force: true });
    return { state: 'done', report: join(runDir, RUN_FILES.report) };
  }
  if (!isActive(run)) return outcome;
  // The child may have died between writing its checkpoint and recording that it has one.
  const ended = { pid: null, resumable: existsSync(checkpoint) };
  if (outcome.state !== 'failed') await updateRun(runDir, { ...ended, state: outcome.state });
  else if (outcome.failure.code === 'client/stopped') await updateRun(runDir, { ...ended, state: 'interrupted' });
  else await updateRun(runDir, { ...ended, state: 'failed', failure: outcome.failure });
  return outcome;
}

async function notBegun(runDir: string): Promise<Outcome> {
  return { state: 'cancelled', resumable: (await readRun(runDir)).resumable };
}

/** The log is a help, not a result: where it cannot be written, the run's own failure is what counts. */
async function log(runDir: string, output: string): Promise<void> {
  await appendFile(join(runDir, RUN_FILES.log), `--- last output of the engine's process ---\n${output}\n`).catch(() => {});
}

function isAborted(...signals: (AbortSignal | undefined)[]): boolean {
  return signals.some((signal) => signal?.aborted);
}
