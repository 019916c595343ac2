// What was measured: a line on the terminal, bench/results.json, and the table in README.md.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './build.mjs';
import { peak } from './machine.mjs';

const file = path.join(root, 'bench', 'results.json');
const readme = path.join(root, 'README.md');
const [BEGIN, END] = ['<!-- bench -->', '<!-- /bench -->'];

/** What was measured before on the same machine; of another one, nothing counts. */
export function readResults(machine) {
  if (!fs.existsSync(file)) return [];
  const before = JSON.parse(fs.readFileSync(file, 'utf8'));
  return before.machine === machine ? before.cases : [];
}

/** Puts a result in the place of an earlier one of its name; `names` gives the order. */
export function writeResults(machine, names, results) {
  const cases = names.flatMap((name) => results.filter((result) => result.name === name));
  fs.writeFileSync(file, JSON.stringify({ machine, peak: peak(), cases }, null, 2) + '\n');
}

/** Seconds in a unit that leaves few zeros. */
export function time(seconds) {
  if (seconds === null) return '-';
  const digits = (value) =>
    value
      .toPrecision(3)
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '');
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
  return seconds < 1 ? `${digits(seconds * 1e3)} ms` : `${seconds.toFixed(seconds < 100 ? 2 : 0)} s`;
}

const ratio = (value) => (value === null ? '-' : value.toFixed(2));
const range = (spread) => (spread === null ? '' : ` (${ratio(spread[0])} to ${ratio(spread[1])})`);
const aim = ({ target, limit }) =>
  [target !== null && String(target), limit !== undefined && `${limit} s`].filter(Boolean).join(', ') || '-';

export function line(r) {
  const parts = [`ours ${time(r.ours)}`];
  if (r.against) parts.push(`${r.against} ${time(r.peer)}`, `ratio ${ratio(r.ratio)}${range(r.spread)}`);
  if (r.target !== null || r.limit) parts.push(`aim ${aim(r)}`);
  if (r.note) parts.push(r.note);
  if (r.failure) parts.push(`FAILED: ${r.failure}`);
  return `${r.name.padEnd(24)} ${parts.join('   ')}`;
}

function tableOf(machine, cases) {
  const rounds = cases.map((r) => r.rounds).filter((n) => n > 0);
  const cells = (r) => [
    r.what,
    time(r.ours),
    r.against ? `${r.against}: ${time(r.peer)}` : '-',
    `${ratio(r.ratio)}${range(r.spread)}`,
    aim(r),
    r.failure ? 'failed' : (r.note ?? ''),
  ];
  const row = (r) =>
    `| ${cells(r)
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')} |`;
  const most = peak();
  return [
    `${machine}. Medians of ${Math.min(...rounds)} to ${Math.max(...rounds)} rounds, both sides in turn; ratios with the least and the most.`,
    '',
    '| | Prune Lab | against | ratio | aim | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...cases.map(row),
    ...(most ? ['', `The machine's peak is reckoned as ${most.how}.`] : []),
  ].join('\n');
}

/** Writes the last results between the README's markers. @throws Error where there are none of either */
export function writeTable(machine) {
  const cases = readResults(machine);
  if (cases.length === 0) throw new Error('there are no results of this machine yet: run npm run bench first');
  const text = fs.readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${BEGIN} and ${END}`);
  const written = `${text.slice(0, from + BEGIN.length)}\n\n${tableOf(machine, cases)}\n\n${text.slice(to)}`;
  fs.writeFileSync(readme, written);
}
