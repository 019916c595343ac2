// npm test: sets up what is missing, then type check, lint, format and every test. The last line is `N passed, N failed`; each of the
// four checks counts as one test.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const tool = (name) => path.join(root, 'node_modules', ...name.split('/'));
const run = (file, ...args) => spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status;

const setup = run(path.join(root, 'scripts', 'setup.mjs'));
if (setup !== 0) {
  console.error('Set-up failed, so no test was run.');
  console.log('0 passed, 1 failed');
  process.exit(setup ?? 1);
}

let [passed, failed] = [0, 0];
const count = (name, isGood) => {
  if (isGood) passed++;
  else failed++;
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${name}`);
};
count('type check', run(tool('typescript/bin/tsc'), '-p', '.') === 0);
count('type check of the webviews', run(tool('typescript/bin/tsc'), '-p', 'webview') === 0);
count('lint', run(tool('eslint/bin/eslint.js'), '--max-warnings=0', '.') === 0);
count('format', run(tool('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.') === 0);

/** The tests of some of vitest's projects, so many files at a time. */
function runTests(projects, atATime) {
  const results = path.join(folder, `${projects.join('-')}.json`);
  const status = run(
    tool('vitest/vitest.mjs'),
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    `--poolOptions.forks.maxForks=${atATime}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
  );
  const { numPassedTests, numFailedTests, testResults } = fs.existsSync(results)
    ? JSON.parse(fs.readFileSync(results, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  // A file that does not load has no tests to fail, and errors outside of tests fail the run without failing one.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'));
  let failures = numFailedTests + broken.length;
  if (status !== 0 && failures === 0) failures++;
  if (numPassedTests + numFailedTests === 0) {
    console.error(`No test of ${projects.join(', ')} was run.`);
    failures++;
  }
  return { passed: numPassedTests, failed: failures };
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'prune-lab-tests-'));
// What tests write goes with it.
process.env.TMPDIR = folder;
try {
  const counts = path.join(folder, 'editor.json');
  run(path.join(root, 'scripts', 'run-editor-tests.mjs'), '--json', counts);
  // Without the file the program did not come so far as to count.
  const editor = fs.existsSync(counts) ? JSON.parse(fs.readFileSync(counts, 'utf8')) : { passed: 0, failed: 1 };
  passed += editor.passed;
  failed += editor.failed;

  // Windows share the screen and the processor that their clicks wait for: one file at a time. All others run side by side.
  for (const [projects, atATime] of [
    [['unit', 'engine', 'plain'], Math.min(2, os.availableParallelism())],
    [['ui'], 1],
  ]) {
    const tests = runTests(projects, atATime);
    passed += tests.passed;
    failed += tests.failed;
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
