/** `main CHECKOUT [KILLS [SEED]]`: all fault tests, and a table of the promises. */
import { availableParallelism } from 'node:os';
import { damageRuns } from './damage';
import { killRuns } from './kills';
import { Promises } from './promises';
import { Runs, wholeRun } from './runs';

const [checkout, kills = '200', seed = '1'] = process.argv.slice(2);

async function main(): Promise<void> {
  const runs = new Runs(checkout!);
  const promises = new Promises();
  try {
    const whole = await wholeRun(runs);
    await killRuns(runs, whole, promises, { kills: Number(kills), seed: Number(seed), parallel: availableParallelism() });
    await damageRuns(runs, whole, promises, { damages: 200, resumes: 5, seed: Number(seed), parallel: availableParallelism() });
  } finally {
    runs.dispose();
  }
  console.log(promises.table());
  for (const loss of promises.losses) console.log(`LOST ${loss}`);
  process.exitCode = promises.losses.length > 0 ? 1 : 0;
}

void main();
