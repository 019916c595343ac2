// npm run bench [-- NAME...] [--rounds N] | --list | --table
//
// Each case runs both sides in turn, A B B A ..., with the same threads, and reports the ratio pair by pair. NAME chooses the cases whose
// names contain it. Results go to bench/results.json as they come; --table puts them into README.md, as a run of all cases does in the end.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { buildCases, childEnvironments } from './build.mjs';
import { casesOf } from './cases.mjs';
import { machine } from './machine.mjs';
import { measure } from './measure.mjs';
import { line, readResults, writeResults, writeTable } from './results.mjs';

const { values, positionals } = parseArgs({
  options: { list: { type: 'boolean' }, table: { type: 'boolean' }, rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});

function refuse(message) {
  console.error(message);
  process.exit(2);
}

const cases = casesOf(await childEnvironments());
const names = cases.map(({ name }) => name);
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds ${values.rounds} is no number of rounds`);
const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.some((wanted) => name.includes(wanted)));
if (chosen.length === 0) refuse(`no case is named like ${positionals.join(' or ')}; there are:\n${names.join('\n')}`);

if (values.list) console.log(names.join('\n'));
else if (values.table && positionals.length === 0) writeTable(machine);
else {
  buildCases();
  console.log(machine);
  // One's own load comes on top of this: PyTorch's threads wait for one another, and suffer more from others than ours do.
  const [load] = os.loadavg();
  if (load > 0.5) console.error(`other programs keep this machine busy (load ${load.toFixed(1)}): these numbers will not be fair`);
  let results = readResults(machine);
  const failed = [];
  for (const c of chosen) {
    const result = await measure(c, rounds);
    results = [...results.filter(({ name }) => name !== result.name), result];
    writeResults(machine, names, results);
    console.log(line(result));
    if (result.failure) failed.push(result.name);
  }
  if (positionals.length === 0 || values.table) writeTable(machine);
  if (failed.length > 0) {
    console.error(`${failed.length} of ${chosen.length} cases failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
}
