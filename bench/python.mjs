// The peers' Python: PyTorch and torch-pruning, installed by pip into an environment of their own in the user's cache on the first run.
import { execFileSync, spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { root } from './build.mjs';

const home = process.env.PRUNE_LAB_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'prune-lab');
const venv = path.join(home, 'bench-venv');
const python = path.join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const PACKAGES = { torch: 'torch', numpy: 'numpy', torch_pruning: 'torch-pruning' };
const BASIC = ['torch', 'numpy'];
const MODULES = { 'compaction.py': [...BASIC, 'torch_pruning'] };

/** Modules that were looked for, with why they could not be installed, or null. */
const looked = new Map();

function run(exe, args) {
  execFileSync(exe, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Does the environment have it? Importing PyTorch to find out would take seconds. */
const has = (module) =>
  spawnSync(python, ['-c', `import sys, importlib.util; sys.exit(importlib.util.find_spec('${module}') is None)`]).status === 0;

function install(module) {
  if (has(module)) return null;
  const name = PACKAGES[module];
  console.error(`installing ${name} into ${venv} (once)`);
  try {
    if (spawnSync(python, ['--version']).status !== 0) run('python3', ['-m', 'venv', venv]);
    run(python, ['-m', 'pip', 'install', '-q', name]);
    return null;
  } catch (error) {
    return `pip could not install ${name}: ${error.message.split('\n')[0]}`;
  }
}

/** The command of a script in peers/, with the modules that it needs installed. @throws Error where pip cannot install one of them */
export function peerCommand(script, ...args) {
  for (const module of MODULES[script] ?? BASIC) {
    if (!looked.has(module)) looked.set(module, install(module));
    if (looked.get(module) !== null) throw new Error(looked.get(module));
  }
  return [python, path.join(root, 'bench', 'peers', script), ...args];
}

/** The environment as it comes, but for the number of threads. */
export const peerEnv = (threads) => ({ ...process.env, OMP_NUM_THREADS: String(threads) });
