// npm run build: bundles each program that exists into dist/, with what compiling the addon needs in dist/native/.
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { packageOf } from './scripts/licences.mjs';
import { BUILD_STAMP, BUNDLED, sourcesDigest } from './scripts/stamps.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, 'dist');

const node = { platform: 'node', target: 'node20', format: 'cjs' };
const entries = [
  { in: 'src/terminal/cli.ts', out: 'cli.js', ...node, banner: { js: '#!/usr/bin/env node' } },
  { in: 'src/engine/main.ts', out: 'engine.js', ...node },
  // Small, since it is read while the editor starts: what it does not need then are programs of their own, read when they are asked for.
  {
    in: 'src/extension.ts',
    out: 'extension.js',
    ...node,
    external: ['vscode'],
    minify: true,
    plugins: [apart('later', 'experimentFiles')],
    limit: 150_000,
  },
  { in: 'src/host/experimentFiles.ts', out: 'experimentFiles.js', ...node, external: ['vscode'], minify: true },
  { in: 'src/host/later.ts', out: 'later.js', ...node, external: ['vscode'] },
];

/** Imports of files of these names stay imports, of the programs that they are bundled into. */
function apart(...names) {
  const filter = new RegExp(`/(${names.join('|')})$`);
  const setup = (build) => build.onResolve({ filter }, ({ path: file }) => ({ path: `./${path.basename(file)}.js`, external: true }));
  return { name: 'apart', setup };
}

const pages = ['result', 'inspector', 'compare'].flatMap((page) => [{ in: `webview/${page}.ts` }, { in: `webview/${page}.css` }]);
/** Most bytes of one script: it is parsed each time its panel is shown. */
const SCRIPT_LIMIT = 350_000;
const isThere = (entry) => fs.existsSync(path.join(root, entry.in));

/** The packages that any program took something from, as package-lock.json names them. */
const bundled = new Set();

function noteBundled({ outputs }) {
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) if (bytesInOutput > 0) bundled.add(packageOf(file));
  }
}

async function bundle({ in: source, out, limit = Infinity, ...options }) {
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    ...options,
    entryPoints: [path.join(root, source)],
    outfile: path.join(dist, out),
    bundle: true,
    // jsonc-parser's `main` is a UMD file whose requires no bundler can follow. The others' `main` must be taken: tfjs-node is ES5 and
    // cannot extend the classes of tfjs's modules. Not minified: the engine starts no sooner for it, and stack traces stay readable.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    write: false,
  });
  noteBundled(metafile);
  outputFiles.filter(({ path: file }) => file.endsWith('.js')).forEach((script) => checkSize(script, limit));
  outputFiles.forEach(write);
}

function checkSize({ path: file, contents: { length } }, limit) {
  if (length > limit) throw new Error(`${file} has ${length} bytes; at most ${limit} are allowed.`);
}

/** Whole files only: another terminal may be starting these programs just now. */
function write({ path: file, contents }) {
  const temporary = `${file}.tmp-${process.pid}`;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(temporary, contents);
  if (file.endsWith('cli.js')) fs.chmodSync(temporary, 0o755);
  fs.renameSync(temporary, file);
}

/**
 * The webviews' pages: one script each, since the editor hands every file to a webview through a service worker, and of what several use only
 * what is imported late (charts) in a script of its own.
 */
async function bundlePages() {
  const folder = path.join(dist, 'webview');
  const outputFiles = (await Promise.all(pages.filter(isThere).map(bundlePage))).flat();
  outputFiles.filter(({ path: file }) => file.endsWith('.js')).forEach((script) => checkSize(script, SCRIPT_LIMIT));
  outputFiles.forEach(write);
  const current = new Set(outputFiles.map((output) => path.basename(output.path)));
  const isLeft = (name) => !current.has(name) && !name.includes('.tmp-');
  for (const name of fs.readdirSync(folder).filter(isLeft)) fs.rmSync(path.join(folder, name));
}

async function bundlePage(page) {
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [path.join(root, page.in)],
    outdir: path.join(dist, 'webview'),
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    splitting: true,
    minify: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
    write: false,
  });
  noteBundled(metafile);
  return outputFiles;
}

/** The addon's sources and headers, so that set-up can compile it where there is no node_modules. */
function copyNative() {
  const require = createRequire(import.meta.url);
  const from = (name) => path.dirname(require.resolve(`${name}/package.json`));
  fs.cpSync(path.join(from('@tensorflow/tfjs-node'), 'binding'), path.join(dist, 'native', 'binding'), { recursive: true });
  fs.cpSync(path.join(from('node-api-headers'), 'include'), path.join(dist, 'native', 'include'), { recursive: true });
  for (const name of ['@tensorflow/tfjs-node', 'node-api-headers']) bundled.add(`node_modules/${name}`);
}

/** What the editor completes and explains experiment files from: made by running the schema's own code. */
async function writeSchema() {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    ...node,
    entryPoints: [path.join(root, 'src/config/writeSchema.ts')],
    bundle: true,
    logLevel: 'warning',
    write: false,
  });
  const file = path.join(dist, 'prune.schema.json');
  const temporary = `${file}.tmp-${process.pid}`;
  execFileSync(process.execPath, ['-', temporary], { input: outputFiles[0].contents });
  fs.renameSync(temporary, file);
}

/** What scripts/licences.mjs lists. */
function writeBundled() {
  bundled.delete(null);
  write({ path: path.join(root, BUNDLED), contents: `${JSON.stringify([...bundled].sort(), null, 2)}\n` });
}

const digest = sourcesDigest(root);
const stamp = path.join(root, BUILD_STAMP);
fs.mkdirSync(dist, { recursive: true });
fs.rmSync(stamp, { force: true });
copyNative();
await Promise.all([...entries.filter(isThere).map(bundle), bundlePages(), writeSchema()]);
writeBundled();
fs.writeFileSync(stamp, digest);
