/** Real processes, interrupted, killed, and several at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { locateKernels } from '../../../src/setup/locate';
import { kernelsFolder } from '../../../src/setup/paths';
import { kernelId } from '../../../src/setup/sources';
import { nativeSources, newFolder, packageIndex, type Index } from './fixtures';

let program: string;
beforeAll(async () => {
  program = path.join(newFolder(), 'provide.cjs');
  await build({ entryPoints: ['test/unit/setup/provideChild.ts'], bundle: true, platform: 'node', outfile: program, logLevel: 'silent' });
});

const id = kernelId({ tensorflow: '2.18.0', device: 'cpu' });
const left = (env: NodeJS.ProcessEnv) => readdirSync(kernelsFolder(env));

/** A compiler that says its process id and takes a minute, as a slow machine's would; `g++` is put off by it for ever. */
function slowCompiler(): { CXX: string; pid: () => number } {
  const folder = newFolder();
  const [script, pidFile] = [path.join(folder, 'slow-c++'), path.join(folder, 'pid')];
  writeFileSync(script, `#!/bin/sh\n[ "$1" = --version ] && exit 0\necho $$ > ${pidFile}.new\nmv ${pidFile}.new ${pidFile}\nsleep 60\n`, {
    mode: 0o755,
  });
  return { CXX: script, pid: () => Number(readFileSync(pidFile, 'utf8')) };
}

function provide({ source, env }: Index, more: NodeJS.ProcessEnv = {}) {
  const options = JSON.stringify({ sources: [source], nativeSources: nativeSources() });
  const child = spawn(process.execPath, [program, options], { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'inherit'] });
  const seen = { out: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.out += text));
  const reached = async (step: string) => {
    while (!seen.out.includes(`${step} `)) {
      if (child.exitCode !== null) throw new Error(`It ended before "${step}": ${seen.out}`);
      await sleep(20);
    }
  };
  return { child, seen, reached, ended: once(child, 'close') };
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until<T>(read: () => T): Promise<T> {
  for (;;) {
    try {
      return read();
    } catch {
      await sleep(20);
    }
  }
}

describe.skipIf(process.platform !== 'linux')('interrupted', () => {
  test('Ctrl-C leaves nothing: no folder, no compiler that still runs; the next one works', async () => {
    const index = packageIndex();
    const slow = slowCompiler();
    const first = provide(index, { CXX: slow.CXX });
    await first.reached('compile');
    const compiler = await until(slow.pid);
    expect(isRunning(compiler)).toBe(true);
    expect(left(index.env)).toHaveLength(1);
    first.child.kill('SIGINT');
    await first.ended;
    expect(first.seen.out).toContain('failed interrupted');
    expect(left(index.env)).toEqual([]);
    expect(isRunning(compiler)).toBe(false);
    const second = provide(index);
    await second.ended;
    expect(second.seen.out).toContain('there ');
    expect(left(index.env)).toEqual([id]);
  });

  test('killed half-way: what is left is never used, and the next one removes it', async () => {
    const index = packageIndex();
    const slow = slowCompiler();
    const first = provide(index, { CXX: slow.CXX });
    await first.reached('compile');
    const compiler = await until(slow.pid);
    first.child.kill('SIGKILL');
    await first.ended;
    process.kill(-compiler, 'SIGKILL');
    expect(left(index.env)).toEqual([expect.stringMatching(new RegExp(`^${id}\\.tmp-${first.child.pid}-`))]);
    expect(locateKernels(index.env)).toBeNull();
    const second = provide(index);
    await second.ended;
    expect(second.seen.out).toContain('there ');
    expect(second.seen.out).not.toContain('wait ');
    expect(left(index.env)).toEqual([id]);
  });

  test('two at once: one works, the other waits for it and uses what it made', async () => {
    const index = packageIndex();
    const slow = slowCompiler();
    const first = provide(index, { CXX: slow.CXX });
    await first.reached('compile');
    const second = provide(index);
    await second.reached('wait');
    expect(second.seen.out).toBe(`wait process ${first.child.pid}\n`);
    // The first gives up: the second takes over at once.
    first.child.kill('SIGINT');
    await Promise.all([first.ended, second.ended]);
    expect(second.seen.out).toContain('there ');
    expect(left(index.env)).toEqual([id]);

    const other = packageIndex();
    const all = [0, 1, 2].map(() => provide(other));
    await Promise.all(all.map(({ ended }) => ended));
    for (const { seen } of all) expect(seen.out).toContain(`there ${path.join(kernelsFolder(other.env), id)}`);
    // Whoever waited did not download; should two have begun in the same instant, the first rename won.
    for (const { seen } of all) if (seen.out.startsWith('wait ')) expect(seen.out).not.toContain('download');
    expect(left(other.env)).toEqual([id]);
  });

  test('a cache that other machines use too: their fresh work is waited for, what they abandoned is removed', async () => {
    const index = packageIndex();
    mkdirSync(kernelsFolder(index.env), { recursive: true });
    // Process 1 of another machine says nothing about process 1 of this one.
    const foreign = path.join(kernelsFolder(index.env), `${id}.tmp-999999999-otherhos-${Date.now()}aaaaaa`);
    mkdirSync(foreign);
    const waiting = provide(index);
    await waiting.reached('wait');
    const hourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(foreign, hourAgo, hourAgo);
    await waiting.ended;
    expect(waiting.seen.out).toContain('there ');
    expect(left(index.env)).toEqual([id]);
  });
});
