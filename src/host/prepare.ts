/** From an experiment file to run folders that wait for their children. Knows nothing of the editor. */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Queued } from '../client/queue';
import { configHash } from '../config/hash';
import { loadExperiment } from '../config/load';
import { findMissingData } from '../config/missingData';
import { Experiment } from '../config/schema';
import type { Variant } from '../config/sweep';
import { searchedInVain } from '../engine/data/locate';
import { RUN_FILES } from '../shared/ids';
import { createRun } from '../store/create';
import { readConfig, readRun } from '../store/read';
import type { StartOptions } from './contract';
import { dryLabel, dryRunOf } from './dryRun';
import { hostErrors } from './errors';
import { requireFolderInside, requirePathsInside, requireRunInside, type Allowed } from './outside';
import { runsRoot } from './scan';

/**
 * The runs that are asked for, whose paths lie in the allowed folders. Throws host/has-errors, host/outside-workspace, host/data-missing,
 * host/no-seeds, and what loadExperiment() throws.
 */
export async function variantsOf(file: string, options: StartOptions, allowed: Allowed): Promise<Variant[]> {
  const loaded = await loadExperiment(file);
  const errors = loaded.problems.filter((problem) => problem.severity === 'error').length;
  if (errors > 0) throw hostErrors.hasErrors(file, errors);
  const variants = chosen(loaded.variants, file, options);
  await requirePathsInside(
    variants.map(({ experiment }) => experiment),
    file,
    allowed,
  );
  const [missing] = await findMissingData(loaded, searchedInVain({ experimentDir: dirname(file) }));
  if (missing) throw hostErrors.dataMissing(missing.message, file);
  return variants;
}

function chosen(variants: readonly Variant[], file: string, { dry, seeds, all }: StartOptions): Variant[] {
  const first = variants[0]!;
  const sameValues = (variant: Variant) => JSON.stringify(variant.values) === JSON.stringify(first.values);
  if (dry) return [{ ...first, label: dryLabel(first.label), experiment: dryRunOf(first.experiment) }];
  if (seeds) {
    const wanted = new Set(seeds);
    const found = variants.filter((variant) => wanted.has(variant.experiment.seed) && (all || sameValues(variant)));
    if (found.length === 0) throw hostErrors.noSeeds(file, seeds);
    return found;
  }
  return all ? [...variants] : [first];
}

/** Makes the run's folder. Throws host/outside-workspace where it would lie elsewhere. */
export async function queueVariant(
  { experiment, label }: Variant,
  file: string,
  workspaceFolder: string,
  allowed: Allowed,
): Promise<Queued> {
  const at = { root: runsRoot(workspaceFolder) };
  await requireFolderInside(at.root, allowed);
  const runDir = await createRun({ at, experiment, experimentFile: file, label, configHash: configHash(experiment) });
  return { runDir, resume: false, ...experiment.engine };
}

/** All that the experiment of a run names lies in the allowed folders. Throws host/outside-workspace. */
export async function requireRunPathsInside(runDir: string, allowed: Allowed): Promise<void> {
  await experimentInside(runDir, allowed);
}

async function experimentInside(runDir: string, allowed: Allowed): Promise<Experiment> {
  const run = await readRun(runDir);
  const experiment = await readConfig(runDir, Experiment, run);
  // Without a file, the child starts relative paths from its working directory, which is this process's.
  await requirePathsInside([experiment], run.experimentFile ?? resolve('experiment'), allowed);
  return experiment;
}

/** The same run again, from its checkpoint if it has one. Its folder may have come with the repository: throws host/outside-workspace. */
export async function queueAgain(runDir: string, allowed: Allowed): Promise<Queued> {
  await requireRunInside(runDir, allowed);
  const experiment = await experimentInside(runDir, allowed);
  const resume = await stat(join(runDir, RUN_FILES.checkpoint)).then(
    () => true,
    () => false,
  );
  return { runDir, resume, ...experiment.engine };
}
