/** `main CHECKOUT [KILLS [SEED]]`: all fault tests, and a table of the promises. */
import { availableParallelism } from 'node:os';
import { changeBytes } from './bytes';
import { breakChannel } from './channel';
import { damageRuns, interruptedRun } from './damage';
import { killHosts } from './hosts';
import { killRuns } from './kills';
import { cutPower } from './power';
import { Promises } from './promises';
import { Runs, wholeRun } from './runs';

const [checkout, kills = '200', seed = '1'] = process.argv.slice(2);

async function main(): Promise<void> {
  const runs = new Runs(checkout!);
  const promises = new Promises();
  // Hosts and power cuts take a run of several processes each: fewer of them.
  const [all, fewer] = [Number(kills), Math.ceil(Number(kills) / 5)];
  const shared = { seed: Number(seed), parallel: availableParallelism() };
  try {
    const whole = await wholeRun(runs);
    console.log('Kills of the engine ...');
    await killRuns(runs, whole, promises, { ...shared, kills: all });
    console.log('Kills of hosts ...');
    await killHosts(runs, promises, { ...shared, kills: fewer });
    console.log('Power cuts ...');
    await cutPower(runs, whole, promises, { ...shared, cuts: Math.ceil(all / 2), creations: fewer });
    console.log('The channel ...');
    await breakChannel(runs, promises, { ...shared, messages: 10 * all, hosts: fewer, starts: 7 });
    console.log('Damaged files ...');
    await damageRuns(runs, whole, promises, { ...shared, damages: 200, resumes: 5 });
    console.log('Each byte of records ...');
    await changeBytes(runs, whole.runDir, await interruptedRun(runs, whole), promises, { places: 20_000 });
  } finally {
    runs.dispose();
  }
  console.log(promises.table());
  for (const loss of promises.losses) console.log(`LOST ${loss}`);
  process.exitCode = promises.losses.length > 0 ? 1 : 0;
}

void main();
