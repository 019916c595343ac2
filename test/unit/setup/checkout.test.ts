/** scripts/setup.mjs in a checkout of its own: what is missing is set up, what is there is left alone, what broke off is not taken as done. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { nodeProblem } from '../../../scripts/node-version.mjs';
import { installedAsLocked, sourcesDigest } from '../../../scripts/stamps.mjs';
import { newFolder } from './fixtures';

const lock = {
  lockfileVersion: 3,
  packages: { '': {}, 'node_modules/a': { integrity: 'sha512-a' }, 'node_modules/other-system': { integrity: 'sha512-o', optional: true } },
};

/**
 * A checkout with the real scripts and small stand-ins for what they start: npm, the build and the client write down that they ran.
 * The npm first leaves a package, as a real one does, and then does what FAKE_NPM says.
 */
function checkout() {
  const root = newFolder();
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  };
  cpSync('scripts', path.join(root, 'scripts'), { recursive: true });
  write('package.json', '{}');
  write('package-lock.json', JSON.stringify(lock));
  write('src/a.ts', '1');
  const note = (what: string) => `require('node:fs').appendFileSync(${JSON.stringify(path.join(root, 'log'))}, '${what} ');`;
  write(
    'npm.cjs',
    `${note('npm')}
    const fs = require('node:fs');
    fs.writeFileSync('npm.pid', String(process.pid));
    fs.rmSync('node_modules', { recursive: true, force: true });
    fs.mkdirSync('node_modules/a', { recursive: true });
    if (process.env.FAKE_NPM === 'fail') process.exit(3);
    setTimeout(() => {
      fs.writeFileSync('node_modules/.package-lock.json', fs.readFileSync('package-lock.json'));
      ${note('installed')}
    }, process.env.FAKE_NPM === 'slow' ? 60000 : 0);`,
  );
  write(
    'esbuild.mjs',
    `import { createRequire } from 'node:module'; import fs from 'node:fs'; const require = createRequire(import.meta.url);
    import { BUILD_STAMP, sourcesDigest } from './scripts/stamps.mjs';
    ${note('build')}
    if (process.env.FAKE_BUILD === 'fail') process.exit(1);
    fs.mkdirSync('dist', { recursive: true });
    fs.writeFileSync('dist/cli.js', ${JSON.stringify(`${note('kernels')} process.exitCode = Number(process.env.FAKE_KERNELS ?? 0);`)});
    fs.writeFileSync(BUILD_STAMP, sourcesDigest('.'));`,
  );
  const start = (env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, ['scripts/setup.mjs'], {
      cwd: root,
      env: { PATH: process.env['PATH'], npm_execpath: path.join(root, 'npm.cjs'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const seen = { out: '' };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (seen.out += text));
    return { child, seen, ended: once(child, 'close').then(([code]) => code as number) };
  };
  const log = () => (existsSync(path.join(root, 'log')) ? readFileSync(path.join(root, 'log'), 'utf8').trim() : '');
  /** Runs set-up; returns its exit code and what it started. */
  const setup = async (env: NodeJS.ProcessEnv = {}): Promise<[number, string]> => {
    rmSync(path.join(root, 'log'), { force: true });
    return [await start(env).ended, log()];
  };
  return { root, write, start, log, setup };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await sleep(20);
};

describe('npm run setup', () => {
  test('everything on a fresh clone, nothing the second time, only what changed after that', async () => {
    const { root, write, setup } = checkout();
    expect(await setup()).toEqual([0, 'npm installed build kernels']);
    expect(await setup()).toEqual([0, 'kernels']);
    if (process.platform !== 'win32')
      expect(realpathSync(path.join(root, 'node_modules/.bin/prune-lab'))).toBe(realpathSync(path.join(root, 'dist/cli.js')));
    write('src/a.ts', '2');
    expect(await setup()).toEqual([0, 'build kernels']);
    write('src/deep/b.ts', '');
    expect(await setup()).toEqual([0, 'build kernels']);
    write('package-lock.json', JSON.stringify({ ...lock, packages: { ...lock.packages, 'node_modules/a': { integrity: 'sha512-b' } } }));
    expect(await setup()).toEqual([0, 'npm installed build kernels']);
    rmSync(path.join(root, 'node_modules'), { recursive: true });
    expect(await setup()).toEqual([0, 'npm installed kernels']);
    rmSync(path.join(root, 'dist'), { recursive: true });
    expect(await setup()).toEqual([0, 'build kernels']);
    expect(readdirSync(path.join(root, 'dist')).filter((name) => name.includes('lock'))).toEqual([]);
  });

  test('modules that a developer installed are taken as they are', async () => {
    const { root, write, setup } = checkout();
    mkdirSync(path.join(root, 'node_modules', 'a'), { recursive: true });
    write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': lock.packages['node_modules/a'] } }));
    expect(await setup()).toEqual([0, 'build kernels']);
  });

  test('a step that fails ends it, with its exit code, and is done again the next time', async () => {
    const { setup } = checkout();
    expect(await setup({ FAKE_NPM: 'fail' })).toEqual([3, 'npm']);
    expect(await setup({ FAKE_BUILD: 'fail' })).toEqual([1, 'npm installed build']);
    expect(await setup({ FAKE_KERNELS: '130' })).toEqual([130, 'build kernels']);
    expect(await setup()).toEqual([0, 'kernels']);
  });

  test.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGKILL'] as const)(
    'an install ended half-way by %s is done again',
    async (signal) => {
      const { root, start, log, setup } = checkout();
      const { child, seen, ended } = start({ FAKE_NPM: 'slow' });
      await until(() => log() === 'npm' && existsSync(path.join(root, 'node_modules', 'a')));
      child.kill(signal);
      // What it started goes on alone; here it is ended too, so that nothing completes the install.
      if (signal === 'SIGKILL') process.kill(Number(readFileSync(path.join(root, 'npm.pid'), 'utf8')), signal);
      if (signal === 'SIGKILL') process.kill(Number(readFileSync(path.join(root, 'npm.pid'), 'utf8')), signal);
      expect(await ended).toBe(signal === 'SIGINT' ? 130 : null);
      if (signal === 'SIGINT') expect(seen.out).toMatch(/Interrupted\.\n$/);
      expect(await setup()).toEqual([0, 'npm installed build kernels']);
    },
  );

  test('two at once: one installs, the other waits and finds it done', async () => {
    const { root, start, log } = checkout();
    const both = [start(), start()];
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(log().split(' ').sort()).toEqual(['build', 'installed', 'kernels', 'kernels', 'npm']);
    expect(readdirSync(path.join(root, 'dist')).filter((name) => name.includes('lock'))).toEqual([]);
  });

  test('an npm that is not there is told in words', async () => {
    const { start } = checkout();
    const { seen, ended } = start({ npm_execpath: '', PATH: newFolder() });
    expect(await ended).not.toBe(0);
    expect(seen.out).toMatch(/npm/);
    expect(seen.out).not.toMatch(/^\s+at /m);
  });
});

test.each([
  ['18.20.4', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['21.7.3', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['23.11.0', false],
  ['24.0.0', true],
  ['26.1.0', true],
])('Node %s', (version, isGood) => {
  expect(nodeProblem(version) === null).toBe(isGood);
});

describe('stamps', () => {
  test('installed as locked: each package at its digest; optional ones may be absent', () => {
    const { root, write } = checkout();
    const installed = (packages: object) => {
      write('node_modules/.package-lock.json', JSON.stringify({ packages }));
      return installedAsLocked(root);
    };
    expect(installedAsLocked(root)).toBe(false);
    expect(installed({ 'node_modules/a': { integrity: 'sha512-a' } })).toBe(false);
    mkdirSync(path.join(root, 'node_modules', 'a'));
    expect(installed({ 'node_modules/a': { integrity: 'sha512-a' } })).toBe(true);
    expect(installed({ 'node_modules/a': { integrity: 'sha512-old' } })).toBe(false);
    expect(installed({ 'node_modules/a': { integrity: 'sha512-a' }, 'node_modules/other-system': { integrity: 'sha512-old' } })).toBe(
      false,
    );
    expect(installed({})).toBe(false);
    write('node_modules/.package-lock.json', '{"packages": ');
    expect(installedAsLocked(root)).toBe(false);
  });

  test("the sources' digest tells contents and names, not times", () => {
    const { root, write } = checkout();
    const before = sourcesDigest(root);
    write('src/a.ts', '1');
    expect(sourcesDigest(root)).toBe(before);
    write('src/a.ts', '12');
    const longer = sourcesDigest(root);
    write('src/a.ts', '1');
    write('src/b.ts', '2');
    const two = sourcesDigest(root);
    write('src/a.ts', '12');
    write('src/b.ts', '');
    expect(new Set([before, longer, two, sourcesDigest(root)]).size).toBe(4);
    write('README.md', 'not a source');
    rmSync(path.join(root, 'src/b.ts'));
    expect(sourcesDigest(root)).toBe(longer);
  });
});
