/** Runs that something happens to in their middle: what a person sees of it, and that they end as a run that nothing happened to. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Outcome } from '../../src/client/connection';
import { runExperiment, type RunOptions } from '../../src/client/run';
import { configHash } from '../../src/config/hash';
import { RUN_FILES } from '../../src/shared/ids';
import type { Event } from '../../src/shared/protocol';
import { withoutTimes, type Report } from '../../src/shared/report';
import { createRun } from '../../src/store/create';
import { effectiveState, readReport, readRun } from '../../src/store/read';
import { experimentOf, SMALL, temporaryFolder } from './helpers';

export const root = path.resolve(__dirname, '..', '..');
export const program = path.join(root, 'dist', 'cli.js');
export const child = { engineFile: path.join(root, 'dist', 'engine.js'), threads: 1 };
/** For `beforeAll`: builds the program. */
export const build = () => void execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root });

/** 20 epochs without pruning, then 20 with it. */
export const FILE = { ...SMALL, data: { name: 'digits', train: 600, validation: 100, test: 100 }, train: { ...SMALL.train, epochs: 20 } };
const experiment = experimentOf(FILE);
export const newRunIn = (folder: string, of = experiment) =>
  createRun({ at: { root: folder }, experiment: of, experimentFile: null, label: 'test', configHash: configHash(of) });
export const run = (runDir: string, options: Partial<RunOptions> = {}) => runExperiment({ ...child, runDir, resume: false, ...options });

/** Calls `act` once, when so many epochs are done. */
export function afterEpochs(count: number, act: () => void): (event: Event) => void {
  let epochs = 0;
  return (event) => {
    if (event.type === 'epoch' && ++epochs === count) act();
  };
}

let whole: Report;
let begun: string;
/** For `beforeAll`: builds the program and makes a run of FILE that goes on to its end from a checkpoint of its fourth epoch or so. */
export async function prepare(): Promise<void> {
  build();
  begun = await newRunIn(temporaryFolder());
  const abort = new AbortController();
  const outcome = await run(begun, { signal: abort.signal, onEvent: afterEpochs(3, () => abort.abort()) });
  expect(outcome).toEqual({ state: 'cancelled', resumable: true });
  const runDir = begunIn(temporaryFolder());
  expect(await run(runDir, { resume: true })).toMatchObject({ state: 'done' });
  whole = await readReport(runDir);
}

/** A run that was cancelled after three epochs or a few more, so that it has a checkpoint. */
export function begunIn(folder: string): string {
  const runDir = path.join(folder, path.basename(begun));
  cpSync(begun, runDir, { recursive: true });
  return runDir;
}

/** What a person sees: a code and text, and no part of a stack trace. */
export function expectFailure(outcome: Outcome, code: string, message: RegExp) {
  expect(outcome).toMatchObject({
    state: 'failed',
    failure: { code, message: expect.stringMatching(message), remedy: expect.any(String) },
  });
  expect(JSON.stringify(outcome).replaceAll('\\n', '\n')).not.toMatch(/\n\s*at |\.[cm]?[jt]s:\d+:\d+/);
}

/** Goes on from the checkpoint that was there before, and ends as a run that nothing disturbed. */
export async function expectSameEnd(runDir: string) {
  expect(existsSync(path.join(runDir, RUN_FILES.checkpoint))).toBe(true);
  expect(effectiveState(await readRun(runDir))).toMatch(/^(failed|interrupted)$/);
  expect(await run(runDir, { resume: true })).toMatchObject({ state: 'done' });
  expect(withoutTimes(await readReport(runDir))).toEqual(withoutTimes(whole));
}

/** A program that starts Node as `command` says. */
export function nodeBy(command: string): string {
  const file = path.join(temporaryFolder(), 'node');
  writeFileSync(file, `#!/bin/sh\n${command} '${process.execPath}' "$@"\n`, { mode: 0o755 });
  return file;
}
