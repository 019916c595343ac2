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
const REPEATS = 5;
const conv = (model, mode, ...keep) => [process.execPath, path.join(out, 'conv-step.js'), model, mode, threads, REPEATS, ...keep];
const calibration = (mode) => [process.execPath, path.join(out, 'calibration.js'), 'vgg-16', mode, threads, 1];
/** Narrowed to 40% of the channels, against the whole network. `macs`: of its multiply-accumulates it has so many; the target is 1.4 times that. */
const narrowed = (model, mode, macs) => ({
  name: `narrow-${model}-${mode}`,
  ours: conv(model, mode, 0.4),
  peer: 'the whole network',
  command: () => conv(model, mode, 1),
  target: Number((1.4 * macs).toFixed(2)),
});
const plain = { peer: 'the same epoch without statistics', command: () => ours('dense') };
const cases = [
  { name: 'lenet-epoch', ours: ours('dense'), ...torch('lenet_epoch.py', 'dense', threads, EPOCHS), target: 1.2 },
  { name: 'lenet-epoch-masked', ours: ours('masked'), ...torch('lenet_epoch.py', 'masked', threads, EPOCHS), target: 1.2 },
  { name: 'gather-input', ours: ours('input'), ...plain, target: 1.05 },
  { name: 'gather-online', ours: ours('online'), ...plain, target: 1.25 },
  { name: 'gather-gated', ours: ours('gated'), ...plain, target: 1.25 },
  ...['densenet-40', 'resnet-164', 'vgg-16'].flatMap((model) =>
    ['train', 'infer'].map((mode) => ({
      name: `${model}-${mode}`,
      ours: conv(model, mode),
      ...torch('conv_step.py', model, mode, threads, REPEATS),
      target: 1,
    })),
  ),
  narrowed('densenet-40', 'train', 0.357),
  narrowed('densenet-40', 'infer', 0.357),
  narrowed('vgg-16', 'infer', 0.162),
  {
    name: 'score-channels',
    ours: conv('preresnet-20', 'score'),
    peer: 'a pass of evaluation',
    command: () => conv('preresnet-20', 'evaluate'),
    target: 1.3,
  },
  {
    name: 'calibrate-vgg-16',
    ours: calibration('logit'),
    peer: 'a pass of evaluation',
    command: () => calibration('evaluate'),
    target: 12,
  },
];
/** From a click in VS Code to what it shows, in turn with an extension that has nothing in it. `limit`: seconds not to exceed. */
const views = [
  { name: 'open-512-layers', args: ['layers', 512], limit: 1 },
  { name: 'open-500-runs', args: ['runs', 500], limit: 1 },
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

const run = (command) => median(measure(command).seconds);

function measure(command) {
  const [exe, ...args] = command.map(String);
  const stdout = execFileSync(exe, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...childEnv } });
  return JSON.parse(stdout.trim().split('\n').at(-1));
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
for (const { name, args, limit } of chosenViews) {
  const { seconds, floor } = measure([process.execPath, path.join(out, 'open.mjs'), ...args]);
  const ratio = median(seconds.map((ours, i) => ours / floor[i]));
  const result = { name, ours: median(seconds), floor: median(floor), ratio, limit };
  results.push(result);
  const f = (n) => n.toFixed(3);
  console.log(
    `${name.padEnd(20)} ${f(result.ours)} s, limit ${limit} s; an extension with nothing in it ${f(result.floor)} s, ratio ${f(ratio)}`,
  );
}
const machine = `${os.cpus()[0]?.model.trim()}, ${threads} threads, Node ${process.versions.node}`;
fs.writeFileSync(path.join(root, 'bench', 'results.json'), JSON.stringify({ machine, cases: results }, null, 2) + '\n');
