/** The extension as a package. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Makes a .vsix in a temporary folder of its own. */
export function makePackage(): { folder: string; vsix: string } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'prune-lab-package-'));
  execFileSync(process.execPath, [path.join(root, 'scripts', 'package.mjs'), '--out', folder], { stdio: 'pipe' });
  const vsix = readdirSync(folder).find((name) => name.endsWith('.vsix'));
  if (!vsix) throw new Error('No package was made.');
  return { folder, vsix: path.join(folder, vsix) };
}
