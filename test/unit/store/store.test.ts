import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RUN_FILES } from '../../../src/shared/ids';
import * as z from '../../../src/shared/zod';
import { removeTemporary, toJson, writeAtomic } from '../../../src/store/atomic';
import { createRun, type NewRun } from '../../../src/store/create';
import { listRuns, readConfig, readHistory, readReport, readRun } from '../../../src/store/read';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prune-lab-store-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const newRun = (at: NewRun['at'], label = 'lambda=0.2'): NewRun => ({
  at,
  experiment: { seed: 7 },
  experimentFile: 'a.prune.json',
  label,
  configHash: 'abcdef0123456789',
});

describe('createRun', () => {
  test('makes a complete folder, queued', async () => {
    const folder = await createRun(newRun({ root }));
    expect(basename(folder)).toMatch(/^\d{8}T\d{6}Z-lambda=0\.2-abcdef$/);
    const run = await readRun(folder);
    expect(run).toMatchObject({
      id: basename(folder),
      state: 'queued',
      seed: 7,
      label: 'lambda=0.2',
      pid: process.pid,
      resumable: false,
      progress: null,
    });
    expect(JSON.parse(await readFile(join(folder, RUN_FILES.config), 'utf8'))).toEqual({ seed: 7 });
  });

  test('200 at once get 200 folders, each its own, and nothing else is left', async () => {
    const folders = await Promise.all(Array.from({ length: 200 }, () => createRun(newRun({ root }))));
    expect(new Set(folders).size).toBe(200);
    expect((await readdir(root)).sort()).toEqual(folders.map((f) => basename(f)).sort());
    for (const folder of folders) expect((await readRun(folder)).id).toBe(basename(folder));
  });

  test('processes that create at once do not share a folder', async () => {
    const program = join(root, 'create.cjs');
    await build({ entryPoints: ['src/store/create.ts'], bundle: true, platform: 'node', outfile: program, logLevel: 'silent' });
    const runs = join(root, 'runs');
    const code = `const { createRun } = require(${JSON.stringify(program)});
      Promise.all(Array.from({ length: 20 }, () => createRun({ at: { root: ${JSON.stringify(runs)} }, experiment: { seed: 0 }, experimentFile: null, label: 'x', configHash: 'abcdef' })));`;
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['-e', code], { stdio: 'inherit' }));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect((await readdir(runs)).length).toBe(80);
  });

  test('takes exactly the folder asked for, absent or empty', async () => {
    expect(await createRun(newRun({ folder: join(root, 'a', 'b') }))).toBe(join(root, 'a', 'b'));
    await mkdir(join(root, 'empty'));
    expect((await readRun(await createRun(newRun({ folder: join(root, 'empty') })))).id).toBe('empty');
  });

  test('refuses a folder that holds a run, or anything', async () => {
    const folder = await createRun(newRun({ folder: join(root, 'a') }));
    const before = await readFile(join(folder, RUN_FILES.run), 'utf8');
    await expect(createRun(newRun({ folder }))).rejects.toMatchObject({
      code: 'store/exists',
      where: folder,
      message: expect.stringContaining('a run'),
    });
    expect(await readFile(join(folder, RUN_FILES.run), 'utf8')).toBe(before);
    await mkdir(join(root, 'mine'));
    await writeFile(join(root, 'mine', 'thesis.tex'), '');
    await expect(createRun(newRun({ folder: join(root, 'mine') }))).rejects.toMatchObject({ code: 'store/exists' });
    expect(await readdir(join(root, 'mine'))).toEqual(['thesis.tex']);
    await expect(createRun(newRun({ folder: join(root, 'mine', 'thesis.tex') }))).rejects.toMatchObject({ code: 'store/exists' });
  });

  test('of many that ask for one folder at once, one gets it', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => createRun(newRun({ folder: join(root, 'one') }))));
    expect(results.filter((r) => r.status === 'fulfilled').length).toBe(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'store/exists' });
  });

  test('says where it could not write', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(createRun(newRun({ root: join(root, 'file', 'runs') }))).rejects.toMatchObject({ code: 'store/cannot-write' });
  });
});

describe('createRun after a death', () => {
  test('removes what a dead process was about to create, and nothing of a living one', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'close');
    for (const name of [`.creating-${gone.pid}-0123`, `.creating-${process.pid}-4567`, '.mine']) await mkdir(join(root, name));
    const folder = await createRun(newRun({ root }));
    expect((await readdir(root)).sort()).toEqual([`.creating-${process.pid}-4567`, '.mine', basename(folder)]);
  });
});

describe('writeAtomic', () => {
  test('a process killed at any moment of a write leaves the whole old file or the whole new one', async () => {
    const program = join(root, 'atomic.cjs');
    await build({ entryPoints: ['src/store/atomic.ts'], bundle: true, platform: 'node', outfile: program, logLevel: 'silent' });
    const file = join(root, 'state.txt');
    // Each content is 4 MB of one letter: a torn write would be shorter or mixed.
    const code = `const { writeAtomic } = require(${JSON.stringify(program)});
      (async () => { for (let i = 0; ; i++) { await writeAtomic(${JSON.stringify(file)}, String.fromCharCode(65 + i % 26).repeat(4e6)); process.stdout.write('.'); } })();`;
    let inTheMiddle = 0;
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 7 * round));
      child.kill('SIGKILL');
      await once(child, 'close');
      const text = await readFile(file, 'utf8');
      expect(text.length).toBe(4e6);
      expect(new Set(text).size).toBe(1);
      const rest = (await readdir(root)).filter((name) => name.startsWith('state.txt.'));
      inTheMiddle += rest.length;
      for (const name of rest) await rm(join(root, name));
    }
    // The test means something only if kills did land between write and rename.
    expect(inTheMiddle).toBeGreaterThan(0);
  });

  test.skipIf(process.platform === 'win32')('a file of which only a part can be written, stays as it was', async () => {
    const program = join(root, 'atomic.cjs');
    await build({ entryPoints: ['src/store/atomic.ts'], bundle: true, platform: 'node', outfile: program, logLevel: 'silent' });
    const file = join(root, 'state.txt');
    await writeFile(file, 'old');
    // Of a file at most 4 or 8 KB can be written here: the first write is told so many bytes, the next an error.
    const code = `process.on('SIGXFSZ', () => {});
      require(${JSON.stringify(program)}).writeAtomic(${JSON.stringify(file)}, Buffer.alloc(1e5)).catch(({ code }) => console.log(code));`;
    const child = spawn('sh', ['-c', `ulimit -f 8; exec '${process.execPath}' -e "$0"`, code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [told] = (await once(child.stdout, 'data')) as [Buffer];
    await once(child, 'close');
    expect(told.toString().trim()).toBe('store/disk-full');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect((await readdir(root)).sort()).toEqual(['atomic.cjs', 'state.txt']);
  });

  test('writes bytes as they are, of a view too, and makes the folder', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await writeAtomic(join(root, 'masks', 'fc1.bin'), bytes.subarray(10, 200));
    expect(new Uint8Array(await readFile(join(root, 'masks', 'fc1.bin')))).toEqual(bytes.slice(10, 200));
  });
});

describe('reading', () => {
  test('a folder without run.json is no run', async () => {
    await expect(readRun(root)).rejects.toMatchObject({ code: 'store/not-a-run', where: root });
    await expect(readRun(join(root, 'absent'))).rejects.toMatchObject({ code: 'store/not-a-run' });
  });

  test.each([
    ['cut', '{"schema": 1, "id"', 'not JSON'],
    ['of another schema', '{"schema": 2}', 'schema'],
    ['of a wrong type', 'pid', 'pid'],
  ])('run.json %s is damaged, by file and value', async (_, text, named) => {
    const folder = await createRun(newRun({ root }));
    const file = join(folder, RUN_FILES.run);
    const whole = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, text === 'pid' ? JSON.stringify({ ...whole, pid: 'twelve' }) : text);
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'store/damaged', where: file, message: expect.stringContaining(named) });
  });

  test('a run without a report says what state it is in', async () => {
    const folder = await createRun(newRun({ root }));
    await expect(readReport(folder)).rejects.toMatchObject({ code: 'store/no-report', message: expect.stringContaining('queued') });
  });

  const row = (epoch: number) => ({
    phase: 'train',
    epoch,
    learningRate: 0.1,
    keep: 1,
    kept: 10,
    trainLoss: 1,
    trainError: 0.5,
    validationLoss: null,
    validationError: null,
    testError: null,
    tensors: 9,
    seconds: 1,
  });

  test('history leaves out a last line that was cut, at every place of the cut', async () => {
    const folder = await createRun(newRun({ root }));
    expect(await readHistory(folder)).toEqual([]);
    const text = [1, 2, 3].map((n) => `${JSON.stringify(row(n))}\n`).join('');
    const second = text.indexOf('\n') + 1;
    for (let length = second; length <= text.length; length += 13) {
      await writeFile(join(folder, RUN_FILES.metrics), text.slice(0, length));
      const whole = text.slice(0, length).split('\n').length - 1;
      expect((await readHistory(folder)).map((r) => r.epoch)).toEqual([1, 2, 3].slice(0, whole));
    }
    await writeFile(join(folder, RUN_FILES.metrics), text.replace('"epoch":2', '"epoch":"b"'));
    await expect(readHistory(folder)).rejects.toMatchObject({ code: 'store/damaged', where: expect.stringMatching(/metrics\.ndjson:2$/) });
  });

  test('lists newest first; what is damaged is listed with its failure; what is no folder is not', async () => {
    expect(await listRuns(join(root, 'absent'))).toEqual([]);
    const folders: string[] = [];
    for (const created of ['2026-01-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z']) {
      const folder = await createRun(newRun({ root }));
      const run = await readRun(folder);
      await writeFile(join(folder, RUN_FILES.run), toJson({ ...run, created }));
      folders.push(folder);
    }
    await mkdir(join(root, 'broken'));
    await writeFile(join(root, 'broken', RUN_FILES.run), '{');
    await writeFile(join(root, 'notes.txt'), '');
    await mkdir(join(root, '.creating-0'));
    const listed = await listRuns(root);
    expect(listed.map((entry) => entry.folder)).toEqual([folders[1], folders[2], folders[0], join(root, 'broken')]);
    expect(listed.at(-1)).toMatchObject({ run: null, failure: { code: 'store/damaged' } });
  });
});

describe('damage', () => {
  test('a digit that changed is told, in the record as in the experiment; how the record is laid out does not matter', async () => {
    const folder = await createRun(newRun({ root }));
    const record = join(folder, RUN_FILES.run);
    const text = await readFile(record, 'utf8');
    await writeFile(record, text.replace('"seed": 7', '"seed": 6'));
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'store/damaged', where: record });
    await writeFile(record, JSON.stringify(JSON.parse(text)));
    const run = await readRun(folder);

    const config = join(folder, RUN_FILES.config);
    const whole = await readFile(config, 'utf8');
    await expect(readConfig(folder, z.object({ seed: z.number() }))).resolves.toEqual({ seed: run.seed });
    await writeFile(config, whole.replace('"seed": 7', '"seed": 6'));
    await expect(readConfig(folder, z.object({ seed: z.number() }))).rejects.toMatchObject({ code: 'store/damaged', where: config });
  });

  test('what a killed writer left under a temporary name is removed, and nothing else', async () => {
    const left = ['run.json.2885419821', 'masks/dense_1.u8.17', 'model/compact/weights.bin.9'];
    const kept = ['run.json', 'masks/dense_1.u8', 'masks/conv.3.u8', 'notes.2026', 'model/compact/weights.bin'];
    for (const name of [...left, ...kept]) await writeAtomic(join(root, 'run', name), 'x');
    await removeTemporary(join(root, 'run'));
    expect((await readdir(join(root, 'run'), { recursive: true, withFileTypes: true })).filter((e) => e.isFile()).length).toBe(kept.length);
    for (const name of kept) expect(await readFile(join(root, 'run', name), 'utf8')).toBe('x');
  });
});
