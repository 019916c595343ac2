// npm run test:faults [-- KILLS [SEED]]: kills and damages short runs, and says of each promise how often it was tried and how often it did not hold.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import esbuild from 'esbuild';

const root = path.resolve(import.meta.dirname, '..', '..');
const outfile = path.join(root, 'dist', 'faults', 'main.js');
esbuild.buildSync({
  absWorkingDir: root,
  entryPoints: ['test/faults/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  logLevel: 'warning',
});
process.exitCode = spawnSync(process.execPath, [outfile, root, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
