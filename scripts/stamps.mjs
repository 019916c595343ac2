// What set-up has already done, told by digests. No dependencies: it runs before there are modules.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Written last by the build: the digest of the sources that dist/ was built from. */
export const BUILD_STAMP = 'dist/.sources';
/** Written by the build: the packages that are part of dist/, by their places in package-lock.json. */
export const BUNDLED = 'dist/.bundled.json';
/** Written last by set-up: the digest of the package-lock.json that node_modules was installed from. */
export const LOCK_STAMP = 'node_modules/.prune-lab-lock';

const SOURCES = ['src', 'webview', 'esbuild.mjs', 'tsconfig.json', 'package.json', 'package-lock.json'];

/** Digest of the names and contents of all that dist/ depends on. */
export function sourcesDigest(root) {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((name) => filesBelow(root, name))) {
    const contents = fs.readFileSync(path.join(root, file));
    hash.update(`${file}\0${contents.length}\0`).update(contents);
  }
  return hash.digest('hex');
}

/** Digest of the lock file, and of what else decides which packages are installed: some hold binaries of one system. */
export function lockDigest(root) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\0`);
  return hash.update(fs.readFileSync(path.join(root, 'package-lock.json'))).digest('hex');
}

export function readStamp(root, name) {
  return fs.existsSync(path.join(root, name)) ? fs.readFileSync(path.join(root, name), 'utf8') : null;
}

/** What a file of the checkout says. */
export const readJson = (root, name) => JSON.parse(fs.readFileSync(path.join(root, name), 'utf8'));

/**
 * Whether node_modules holds what package-lock.json names, by the record that npm itself writes at the end of an install. So that a
 * developer's own `npm install` is not followed by another.
 */
export function installedAsLocked(root) {
  try {
    const { packages: installed } = readJson(root, 'node_modules/.package-lock.json');
    const locked = Object.entries(readJson(root, 'package-lock.json').packages).filter(([name]) => name !== '');
    return locked.every(([name, { optional, integrity }]) => {
      const there = installed[name] ?? null;
      // Optional ones are for other systems, for the most part.
      return there === null ? optional === true : there.integrity === integrity && fs.existsSync(path.join(root, name));
    });
  } catch {
    return false;
  }
}

function filesBelow(root, name) {
  const stat = fs.statSync(path.join(root, name), { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [name];
  return fs
    .readdirSync(path.join(root, name))
    .sort()
    .flatMap((child) => filesBelow(root, `${name}/${child}`));
}
