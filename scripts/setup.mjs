// npm run setup: sets up what is missing of modules, build and native kernels. Imports nothing that has to be installed first.
// Safe to interrupt and to run twice at once; quick when there is nothing to do.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone } from './lock.mjs';
import { nodeProblem } from './node-version.mjs';
import { BUILD_STAMP, installedAsLocked, LOCK_STAMP, lockDigest, readStamp, sourcesDigest } from './stamps.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

let running;
let interrupted = false;

/** Runs a program with this one's streams; resolves to its exit code. */
function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    running = child;
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code) => resolve(interrupted ? 130 : (code ?? 1)));
  });
}

const node = (...args) => run(process.execPath, args);

function npm(...args) {
  // Under `npm start` this names npm's own program; elsewhere npm is a command, on Windows one that needs a shell.
  const program = process.env.npm_execpath;
  if (program && /\.c?js$/.test(program)) return node(program, ...args);
  return run('npm', args, { shell: process.platform === 'win32' });
}

class Failed extends Error {
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function modules() {
  const digest = lockDigest(root);
  if (readStamp(root, LOCK_STAMP) === digest) return;
  const stamp = path.join(root, LOCK_STAMP);
  if (!installedAsLocked(root)) {
    console.log('Installing modules');
    fs.rmSync(stamp, { force: true });
    const code = await npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
    const remedy = 'Is the package registry within reach? Behind a proxy, set HTTPS_PROXY; for a mirror, `npm config set registry`.';
    if (code !== 0) throw new Failed(code, `The modules could not be installed (\`npm ci\` ended with ${code}). ${remedy}`);
  }
  fs.writeFileSync(stamp, digest);
}

async function build() {
  if (readStamp(root, BUILD_STAMP) === sourcesDigest(root)) return;
  console.log('Building');
  const code = await node('esbuild.mjs');
  if (code !== 0) throw new Failed(code, 'The build failed.');
}

/** So that `npx prune-lab` finds the program of this checkout at once. Windows would need more than a link; there npx makes its own. */
function link() {
  const bin = path.join(root, 'node_modules', '.bin', 'prune-lab');
  if (process.platform === 'win32' || fs.existsSync(bin)) return;
  fs.mkdirSync(path.dirname(bin), { recursive: true });
  fs.rmSync(bin, { force: true });
  fs.symlinkSync(path.join('..', '..', 'dist', 'cli.js'), bin);
}

async function main() {
  const problem = nodeProblem(process.versions.node);
  if (problem) throw new Failed(1, problem);
  // What runs is told to end and waited for, then this one removes its lock.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      interrupted = true;
      running?.kill(signal);
    });
  }
  const waiting = (owner) => console.log(`Waiting for the set-up that process ${owner} is doing here`);
  await alone(path.join(root, 'dist', '.setup.lock'), waiting, async () => {
    await modules();
    await build();
    link();
  });
  const code = await node(path.join(root, 'dist', 'cli.js'), 'setup', ...process.argv.slice(2));
  // It has said what was wrong.
  if (code !== 0) process.exitCode = code;
}

main().catch((error) => {
  if (!(error instanceof Failed)) throw error;
  console.error(interrupted ? 'Interrupted.' : error.message);
  process.exitCode = error.exitCode;
});
