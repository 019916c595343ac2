// The mocha suite that runs in the extension host (test/editor), for the two programs that start one.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { scratch } from './vscode-server.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const source = path.join(root, 'test', 'editor');

/** Bundles each file of the suite; returns the file whose run() the extension host calls. */
export function buildSuite() {
  const outdir = path.join(root, 'dist', 'test', 'editor');
  fs.rmSync(outdir, { recursive: true, force: true });
  esbuild.buildSync({
    entryPoints: fs.readdirSync(source).map((file) => path.join(source, file)),
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode', 'mocha'],
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return path.join(outdir, 'index.js');
}

/** A copy of the fixture workspace, which tests may change. Its own folder, so that what lies beside it is free for results. */
export function copyWorkspace() {
  const folder = scratch('workspace');
  const workspace = path.join(folder, 'workspace');
  fs.cpSync(path.join(root, 'test', 'fixtures', 'workspace'), workspace, { recursive: true });
  return { folder, workspace, results: path.join(folder, 'results.json') };
}

/**
 * Prints the results that the suite left and returns their counts. The file decides: none, or one without a test, is a failure.
 * `--json FILE` on the command line gets the counts.
 */
export function tellResults(file, code) {
  const { tests, finished } = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : { tests: [], finished: false };
  for (const test of tests)
    console.log(test.error === null ? `ok     ${test.title} (${test.ms} ms)` : `FAILED ${test.title}\n${test.error}`);
  const counts = { passed: tests.filter((test) => test.error === null).length, failed: tests.filter((test) => test.error !== null).length };
  if (!finished || counts.passed + counts.failed === 0 || (code !== 0 && counts.failed === 0)) {
    console.error('The suite did not come to its end.');
    counts.failed++;
  }
  const at = process.argv.indexOf('--json');
  if (at > 0) fs.writeFileSync(process.argv[at + 1], JSON.stringify(counts));
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}
