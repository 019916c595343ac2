// Our sides as programs in dist/bench.
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

export const root = path.resolve(import.meta.dirname, '..');
const out = path.join(root, 'dist', 'bench');
const options = { bundle: true, platform: 'node', target: 'node20', logLevel: 'error' };

/** The file of one of our sides. */
export const program = (name) => path.join(out, `${name}.js`);

export function buildCases() {
  const folder = path.join(root, 'bench', 'cases');
  const entryPoints = fs.readdirSync(folder).map((file) => path.join(folder, file));
  // jsonc-parser's `main` is a UMD file whose requires no bundler can follow.
  esbuild.buildSync({ ...options, entryPoints, outdir: out, alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' } });
}

/** Of so many threads, the environment that clients give the engine's child. */
export async function childEnvironments() {
  const outfile = path.join(out, 'env.mjs');
  esbuild.buildSync({ ...options, entryPoints: [path.join(root, 'src/client/env.ts')], outfile, format: 'esm' });
  const { engineEnv } = await import(outfile);
  return (threads) => engineEnv({ threads });
}

/** The program that opens views; it is built only where it runs, since it needs what the editor's tests need. */
export function buildViews() {
  // The tests' files look for the checkout two folders up.
  const outfile = path.join(out, 'open.mjs');
  esbuild.buildSync({ ...options, entryPoints: [path.join(root, 'bench/views/open.ts')], outfile, packages: 'external', format: 'esm' });
  return outfile;
}
