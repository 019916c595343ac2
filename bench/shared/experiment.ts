/** Runs of examples/quick.prune.json, changed or not, with the engine that is built. */
import path from 'node:path';
import { configHash } from '../../src/config/hash';
import { loadExperiment } from '../../src/config/load';
import type { Experiment } from '../../src/config/schema';
import { createRun } from '../../src/store/create';

/** These programs lie in dist/bench. */
export const ENGINE = path.resolve(__dirname, '..', 'engine.js');
const QUICK = path.resolve(__dirname, '..', '..', 'examples', 'quick.prune.json');

/** @param sets as after --set on the command line */
export async function quick(sets: string[] = []): Promise<Experiment> {
  const { variants } = await loadExperiment(QUICK, { sets });
  return variants[0]!.experiment;
}

/** The folder of a new run. */
export const newRun = (root: string, experiment: Experiment): Promise<string> =>
  createRun({ at: { root }, experiment, experimentFile: QUICK, label: experiment.name, configHash: configHash(experiment) });
