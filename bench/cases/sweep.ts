/**
 * A sweep of short runs, twice as many as there are cores: LeNet-300-100 trained and pruned for two epochs and fine-tuned for one, as
 * `prune-lab run` starts them, with a number of runs at a time and the threads of each. Each round tells runs per minute.
 *
 * node sweep.js FOLDER CORES [PARALLEL THREADS]     without the last two, as the product divides the cores
 */
import { rmSync } from 'node:fs';
import { runAll } from '../../src/client/queue';
import { ENGINE, newRun, quick } from '../shared/experiment';
import { serve } from '../shared/serve';

const SHORT = ['train.epochs=2', 'fineTune.epochs=1', 'measure.dense=none'];

async function main(): Promise<void> {
  const [folder = '.', cores = '2', parallel, threads] = process.argv.slice(2);
  const runs = 2 * Number(cores);
  const experiment = await quick(SHORT);
  let folders: string[] = [];
  const before = async () => {
    for (const old of folders) rmSync(old, { recursive: true, force: true });
    folders = [];
    for (let i = 0; i < runs; i++) folders.push(await newRun(folder, { ...experiment, seed: i }));
  };
  const once = async () => {
    const outcomes = await runAll(
      folders.map((runDir) => ({ runDir, resume: false, threads: threads === undefined ? 'auto' : Number(threads), device: 'cpu' })),
      { engineFile: ENGINE, cores: Number(cores), ...(parallel !== undefined && { parallel: Number(parallel) }) },
    );
    for (const outcome of outcomes) if (outcome.state !== 'done') throw new Error(`a run is ${JSON.stringify(outcome)}`);
  };
  await serve(once, { warmUps: 0, times: 1, before, more: () => ({ runs }) });
}

void main();
