/**
 * From the start of the engine's child, in a run of examples/quick.prune.json, to its first batch: what a person waits before anything moves.
 *
 * node start.js FOLDER THREADS
 */
import { rmSync } from 'node:fs';
import { startEngine } from '../../src/client/spawn';
import { ENGINE, newRun, quick } from '../shared/experiment';
import { serve } from '../shared/serve';

async function main(): Promise<void> {
  const [folder = '.', threads = '1'] = process.argv.slice(2);
  const experiment = await quick();
  let runDir = '';
  const before = async () => {
    if (runDir) rmSync(runDir, { recursive: true, force: true });
    runDir = await newRun(folder, experiment);
  };
  const once = async () => {
    const start = performance.now();
    const engine = await startEngine({ threads: Number(threads), engineFile: ENGINE });
    try {
      const batch = new Promise<number>((resolve) => engine.onEvent(({ type }) => type === 'batch' && resolve(performance.now())));
      engine.send({ type: 'start', runDir, resume: false });
      const first = await Promise.race([batch, engine.finished]);
      if (typeof first !== 'number') throw new Error(first.state === 'failed' ? first.failure.message : `the run was ${first.state}`);
      return (first - start) / 1000;
    } finally {
      await engine.dispose();
    }
  };
  await serve(once, { warmUps: 1, times: 1, before });
}

void main();
