// npm run package [-- TARGET --out FOLDER]: the extension as a .vsix for one platform (default: this one). The native kernels are not in it; the
// extension gets them when it is first used. Fails where anything is missing, superfluous or too much.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import yauzl from 'yauzl';
import { LICENCES, SBOM, writeLicences } from './licences.mjs';
import { readJson } from './stamps.mjs';

const LIMIT_BYTES = 5 * 1024 * 1024;
const NEEDED = [
  ...['package.json', 'readme.md', 'changelog.md', 'LICENSE.txt', 'media/icon.png', 'media/activity.svg'],
  ...[
    'dist/extension.js',
    'dist/engine.js',
    'dist/prune.schema.json',
    SBOM,
    LICENCES,
    'dist/native/binding/',
    'dist/native/include/',
    'dist/webview/',
  ],
];
const ALLOWED = /^(package\.json|readme\.md|changelog\.md|LICENSE\.txt|media\/.+|examples\/.+\.prune\.json|dist\/.+(?<!\.map))$/;

const root = path.resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({ options: { out: { type: 'string', default: root } }, allowPositionals: true });
const target = positionals[0] ?? `${process.platform}-${process.arch}`;
const { name, version } = readJson(root, 'package.json');
const out = path.join(path.resolve(values.out), `${name}-${version}-${target}.vsix`);

const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
run('esbuild.mjs');
writeLicences(root);
run(
  'node_modules/@vscode/vsce/vsce',
  'package',
  '--no-dependencies',
  '--no-rewrite-relative-links',
  '--allow-missing-repository',
  '--target',
  target,
  '--out',
  out,
);

async function entries(file) {
  const zip = await promisify(yauzl.open)(file, { lazyEntries: true });
  const names = [];
  await new Promise((resolve, reject) => {
    zip.on('entry', (entry) => {
      names.push(entry.fileName);
      zip.readEntry();
    });
    zip.once('end', resolve);
    zip.once('error', reject);
    zip.readEntry();
  });
  return names.filter((entry) => entry.startsWith('extension/')).map((entry) => entry.slice('extension/'.length));
}

const names = await entries(out);
const size = fs.statSync(out).size;
const problems = [
  ...NEEDED.filter((needed) => !names.some((entry) => (needed.endsWith('/') ? entry.startsWith(needed) : entry === needed))).map(
    (needed) => `${needed} is missing`,
  ),
  ...names.filter((entry) => !ALLOWED.test(entry)).map((entry) => `${entry} does not belong into it`),
  ...(size > LIMIT_BYTES ? [`it has ${size} bytes, more than ${LIMIT_BYTES}`] : []),
];
if (problems.length > 0) {
  fs.rmSync(out);
  console.error(`The package is not good:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  process.exit(1);
}
console.log(`${path.basename(out)}: ${names.length} files, ${(size / 1024 ** 2).toFixed(2)} MB`);
