// npm run bench [-- NAME]: each case runs both sides in turn, A B A B ..., with the same threads, and reports the ratio pair by pair.
// The peers' PyTorch is installed by pip into the user's cache on the first run. Results go to bench/results.json.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const out = path.join(root, 'dist', 'bench');
const ROUNDS = 5;
const EPOCHS = 3;
const threads = os.availableParallelism();

/** name: what is measured. ours, peer: commands that print {"seconds": [...]}. target: the ratio not to exceed. */
const torch = (script, ...args) => ({ peer: 'PyTorch', command: () => [python(), path.join(root, 'bench/peers', script), ...args] });
const ours = (mode) => [process.execPath, path.join(out, 'lenet-epoch.js'), mode, threads, EPOCHS];
const plain = { peer: 'the same epoch without statistics', command: () => ours('dense') };
const cases = [
  { name: 'lenet-epoch', ours: ours('dense'), ...torch('lenet_epoch.py', 'dense', threads, EPOCHS), target: 1.2 },
  { name: 'lenet-epoch-masked', ours: ours('masked'), ...torch('lenet_epoch.py', 'masked', threads, EPOCHS), target: 1.2 },
  { name: 'gather-input', ours: ours('input'), ...plain, target: 1.05 },
  { name: 'gather-online', ours: ours('online'), ...plain, target: 1.25 },
  { name: 'gather-gated', ours: ours('gated'), ...plain, target: 1.25 },
];
/** From a click in VS Code to what it shows. `limit`: seconds not to exceed. `least`: the same with next to nothing to show. */
const views = [
  { name: 'open-512-layers', args: ['layers', 512], least: ['layers', 3], limit: 1 },
  { name: 'open-500-runs', args: ['runs', 500], least: ['runs', 1], limit: 1 },
];

function python() {
  const home = process.env.PRUNE_LAB_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'prune-lab');
  const venv = path.join(home, 'bench-venv');
  const exe = path.join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (spawnSync(exe, ['-c', 'import torch']).status !== 0) {
    console.error(`installing PyTorch into ${venv} (once)`);
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    execFileSync(exe, ['-m', 'pip', 'install', '-q', 'torch', 'numpy'], { stdio: 'inherit' });
  }
  return exe;
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const mid = sorted.length >> 1;
  return sorted.length % 2 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
};

function run(command) {
  const [exe, ...args] = command.map(String);
  const stdout = execFileSync(exe, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...childEnv } });
  return median(JSON.parse(stdout.trim().split('\n').at(-1)).seconds);
}

// what src/client gives the child
const childEnv = {
  TF_CPP_MIN_LOG_LEVEL: '2',
  TF_ENABLE_ONEDNN_OPTS: '1',
  TF_NUM_INTRAOP_THREADS: String(threads),
  OMP_NUM_THREADS: String(threads),
};

esbuild.buildSync({
  entryPoints: fs.readdirSync(path.join(root, 'bench/cases')).map((f) => path.join(root, 'bench/cases', f)),
  outdir: out,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'error',
});

const wanted = process.argv[2];
const isWanted = ({ name }) => !wanted || name.includes(wanted);
const chosen = cases.filter(isWanted);
const chosenViews = views.filter(isWanted);
if (chosen.length + chosenViews.length === 0) {
  console.error(`no case is named like "${wanted}"; there are: ${[...cases, ...views].map((c) => c.name).join(', ')}`);
  process.exit(2);
}
const results = [];
for (const c of chosen) {
  const pairs = [];
  for (let round = 0; round < ROUNDS; round++) pairs.push([run(c.ours), run(c.command())]);
  const ratios = pairs.map(([a, b]) => a / b);
  const result = {
    name: c.name,
    ours: median(pairs.map(([a]) => a)),
    peer: median(pairs.map(([, b]) => b)),
    against: c.peer,
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    target: c.target,
  };
  results.push(result);
  const f = (n) => n.toFixed(3);
  console.log(
    `${c.name.padEnd(20)} ours ${f(result.ours)} s   ${c.peer} ${f(result.peer)} s   ratio ${f(result.ratio)} (${f(result.spread[0])} to ${f(result.spread[1])}), target ${c.target}`,
  );
}
if (chosenViews.length > 0) {
  esbuild.buildSync({
    entryPoints: [path.join(root, 'bench/views/open.ts')],
    // The tests' files look for the checkout two folders up.
    outfile: path.join(out, 'open.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
  });
}
for (const { name, args, least, limit } of chosenViews) {
  const open = (what) => run([process.execPath, path.join(out, 'open.mjs'), ...what]);
  const result = { name, ours: open(args), least: open(least), limit };
  results.push(result);
  const f = (n) => n.toFixed(3);
  console.log(`${name.padEnd(20)} ${f(result.ours)} s, limit ${limit} s; with next to nothing to show ${f(result.least)} s`);
}
const machine = `${os.cpus()[0]?.model.trim()}, ${threads} threads, Node ${process.versions.node}`;
fs.writeFileSync(path.join(root, 'bench', 'results.json'), JSON.stringify({ machine, cases: results }, null, 2) + '\n');
