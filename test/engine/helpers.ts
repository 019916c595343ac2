import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ExperimentFile } from '../../src/config/schema';
import { configHash } from '../../src/config/hash';
import { expandExperiment } from '../../src/config/sweep';
import type { Event } from '../../src/shared/protocol';
import { RUN_FILES } from '../../src/shared/ids';
import { Report } from '../../src/shared/report';
import { createRun } from '../../src/store/create';
import { runExperiment } from '../../src/engine/experiment';
import { readCheckpoint } from '../../src/engine/train/checkpoint';
import { tempFolders } from '../fixtures/folders';

/** A small network on few drawn digits: a whole run takes about a second. */
export const SMALL = {
  data: { name: 'digits', train: 1200, validation: 300, test: 400 },
  model: { name: 'mlp', hidden: [24, 12] },
  train: { epochs: 4, batch: 50, learningRate: 0.05, weightDecay: 5e-4 },
  prune: { method: 'wls', keep: 0.1, criterion: { lambda: 0.2 }, schedule: { name: 'logistic', end: 0.75 } },
  measure: { latency: { batch: 64, repeats: 3 } },
  engine: { threads: 1 },
  seed: 3,
} as const;

export function experimentOf(file: object) {
  return expandExperiment(ExperimentFile.parse(file), 'test')[0]!.experiment;
}

export const { newFolder: temporaryFolder } = tempFolders('test');

export interface RunResult {
  report: Report;
  runDir: string;
  events: Event[];
}

export function newRun(file: object): Promise<string> {
  const experiment = experimentOf(file);
  return createRun({
    at: { root: temporaryFolder() },
    experiment,
    experimentFile: null,
    label: 'test',
    configHash: configHash(experiment),
  });
}

/** Runs an experiment in this process, in a new folder or `in` one. `abortAfter`: cancels when so many epochs are done. */
export async function run(file: object, options: { in?: string; abortAfter?: number; resume?: boolean } = {}): Promise<RunResult> {
  const experiment = experimentOf(file);
  const hash = configHash(experiment);
  const runDir = options.in ?? (await newRun(file));
  const events: Event[] = [];
  const abort = new AbortController();
  let epochs = 0;
  await runExperiment({
    experiment,
    configHash: hash,
    label: 'test',
    runDir,
    experimentDir: null,
    threads: 1,
    checkpoint: options.resume ? await readCheckpoint(path.join(runDir, RUN_FILES.checkpoint), hash) : null,
    emit: (event) => {
      events.push(event);
      if (event.type === 'epoch' && ++epochs === options.abortAfter) abort.abort(new Error('cancelled by the test'));
    },
    signal: abort.signal,
  });
  return { report: Report.parse(JSON.parse(readFileSync(path.join(runDir, RUN_FILES.report), 'utf8'))), runDir, events };
}

export function readMask(runDir: string, layer: string): Uint8Array {
  return readFileSync(path.join(runDir, 'masks', `${layer}.u8`));
}

/** One of the networks that the report measures: dense, masked, compact, ... */
export const stage = (report: Report, name: string) => report.stages.find((s) => s.name === name)!;
