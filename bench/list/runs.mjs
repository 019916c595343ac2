// Whole runs as a person starts them: to the first batch, to the end, and several at a time.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { program, root } from '../build.mjs';
import { threads } from '../machine.mjs';
import { peerCommand, peerEnv } from '../python.mjs';
import { served, whole } from '../sides.mjs';

/** What both sides read, made when it is first asked for. */
let shared;
function data() {
  shared ??= JSON.parse(
    execFileSync(process.execPath, [program('quick-data'), path.join(root, 'dist', 'bench', 'data')], { encoding: 'utf8' }),
  );
  return shared;
}

let scratch;
function scratchFolder() {
  if (!scratch) {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'prune-lab-bench-'));
    process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));
  }
  return scratch;
}

/** Test error in the end, of report.json as both sides write it. */
function resultIn(folder, errorOf) {
  return { error: errorOf(JSON.parse(fs.readFileSync(path.join(folder, 'report.json'), 'utf8'))) };
}

export function runCases({ childEnv }) {
  // As in a person's terminal: the client gives its child an environment of its own.
  const env = () => ({ ...process.env, PRUNE_LAB_DATA: data().data });
  const ours =
    (name, ...args) =>
    () =>
      served([process.execPath, program(name), scratchFolder(), ...args], { ...childEnv, ...env() });
  const script = (folder, ...args) => peerCommand('quick.py', data().experiment, data().data, threads, folder, ...args);
  const numbered = (name, round) => path.join(scratchFolder(), `${name}-${round}`);
  const quick = {
    name: 'quick',
    what: 'the whole run of `npm start`, from its start to its end',
    ours: () =>
      whole((round) => {
        const folder = numbered('quick', round);
        return {
          command: [
            process.execPath,
            path.join(root, 'dist', 'cli.js'),
            'run',
            path.join(root, 'examples', 'quick.prune.json'),
            '--out',
            folder,
          ],
          result: () => resultIn(folder, ({ stages }) => stages.at(-1).error),
        };
      }, env()),
    against: 'the same in a PyTorch script',
    peer: () =>
      whole((round) => {
        const folder = numbered('peer', round);
        return { command: script(folder), result: () => resultIn(folder, (report) => report['fine-tuned'][0]) };
      }, peerEnv(threads)),
    target: 0.8,
    rounds: 2,
    more: ({ ours, peer }) => {
      const percent = ({ rounds }) => `${(100 * rounds.at(-1).error).toFixed(2)}%`;
      return { note: `test error ${percent(ours)}, PyTorch ${percent(peer)}` };
    },
  };
  const start = {
    name: 'start',
    what: 'from the start of a run of `npm start` to its first batch, MNIST or as much data read from files',
    ours: ours('start', threads),
    against: 'a PyTorch script',
    peer: () => whole((round) => ({ command: script(numbered('first', round), 'first-batch') }), peerEnv(threads)),
    limit: 1.5,
    rounds: 5,
  };
  return [start, quick, sweep(ours)];
}

/** Runs at a time, and threads of each. */
function divisions() {
  const all = [];
  for (let parallel = 1; parallel <= threads; parallel *= 2) all.push([parallel, Math.max(1, Math.floor(threads / parallel))]);
  // More threads than cores, in both ways.
  return [...all, [threads, threads], [2 * threads, 1]].filter(([p, t], i, list) => list.findIndex(([q, u]) => p === q && t === u) === i);
}

function sweep(ours) {
  const one = [1, threads];
  return {
    name: 'sweep',
    what: `a sweep of ${2 * threads} short runs, the cores divided as the product does`,
    ours: ours('sweep', threads),
    against: `one at a time on ${threads} threads`,
    peer: ours('sweep', threads, ...one),
    others: divisions()
      .filter(([parallel]) => parallel > 1)
      .map(([parallel, of]) => ({ name: `${parallel} × ${of}`, open: ours('sweep', threads, parallel, of) })),
    target: 1,
    rounds: 2,
    more: ({ ours, peer, others }) => {
      const perMinute = (side) => (60 * 2 * threads) / side.value;
      const measured = [
        { name: `1 × ${threads}`, rate: perMinute(peer) },
        ...others.map((other) => ({ name: other.name, rate: perMinute(other) })),
      ];
      const best = measured.reduce((a, b) => (b.rate > a.rate ? b : a));
      const rates = measured.map(({ name, rate }) => `${name}: ${rate.toFixed(1)}`).join(', ');
      return {
        runsPerMinute: Object.fromEntries([['as the product does', perMinute(ours)], ...measured.map(({ name, rate }) => [name, rate])]),
        best: best.name,
        note: `${perMinute(ours).toFixed(1)} runs a minute; at a time × threads: ${rates}; best ${best.name}`,
      };
    },
  };
}
