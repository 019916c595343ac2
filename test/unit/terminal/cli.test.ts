/** The client as a person has it: a program with arguments, streams and an exit code. Runs that compute are in test/engine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../../package.json';
import { createRun } from '../../../src/store/create';
import { toJson } from '../../../src/store/atomic';
import { readRun } from '../../../src/store/read';
import { updateRun } from '../../../src/store/update';
import { buildProgram } from '../../fixtures/program';
import { lenetReport } from '../../fixtures/report';

let program: string;
let work: string;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'prune-lab-cli-'));
  program = join(home, 'bin', 'cli.cjs');
  await buildProgram(program);
  // Next to the program, where the engine is looked for, lies a peer that keeps to the protocol without computing.
  await copyFile('test/fixtures/fakeEngine.mjs', join(home, 'bin', 'engine.js'));
  await writeFile(join(home, 'bin', 'package.json'), '{ "type": "module" }');
  // Enough of a kernel folder to be found; nothing here loads it.
  await mkdir(join(home, 'kernels', 'lib', 'napi-v8'), { recursive: true });
  await writeFile(join(home, 'kernels', 'lib', 'napi-v8', 'tfjs_binding.node'), '');
});
afterAll(() => rm(home, { recursive: true, force: true }));
beforeEach(async () => {
  work = await mkdtemp(join(home, 'work-'));
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  PRUNE_LAB_CACHE: join(home, 'cache'),
  PRUNE_LAB_KERNELS: join(home, 'kernels'),
  ...more,
});

function start(args: readonly string[], env: NodeJS.ProcessEnv = environment()) {
  const child = spawn(process.execPath, [program, ...args], { cwd: work, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const seen = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (seen.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (seen.err += chunk.toString()));
  const ended: Promise<Ended> = once(child, 'close').then(([code]) => ({ code: code as number | null, ...seen }));
  return { child, seen, ended };
}

const cli = (...args: string[]) => start(args).ended;

/** None of these may ever be printed to a person. */
const STACK = /^\s+at .*[:(]\d+:\d+|node:internal|Error: /m;

async function fails(args: string[], code: string, ...more: RegExp[]): Promise<Ended> {
  const ended = await cli(...args);
  expect(ended.err).toContain(`error ${code}: `);
  for (const expected of more) expect(ended.err).toMatch(expected);
  expect(ended.err).not.toMatch(STACK);
  expect(ended.code).toBe(2);
  return ended;
}

const experiment = (change: object = {}) => ({
  data: { name: 'digits', train: 500, validation: 100, test: 100 },
  train: { epochs: 2, learningRate: 0.1 },
  prune: { method: 'wls', keep: 0.05 },
  ...change,
});
const file = async (content: unknown, name = 'a.prune.json') => {
  await writeFile(join(work, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return name;
};

const doneRun = async () => {
  const folder = await createRun({
    at: { root: join(work, '.prune', 'runs') },
    experiment: { seed: 0 },
    experimentFile: null,
    label: 'quick',
    configHash: 'abcdef',
  });
  await updateRun(folder, {
    state: 'done',
    summary: { error: 0.0151, errorCount: 151, samples: 10_000, kept: 13_310, total: 266_200, unit: 'weights', params: 78_910 },
  });
  await writeFile(join(folder, 'report.json'), toJson(lenetReport()));
  return folder;
};

describe('arguments', () => {
  test('help and version', async () => {
    expect(await cli('--version')).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' });
    const help = await cli('--help');
    expect(help.code).toBe(0);
    for (const name of ['run', 'resume', 'check', 'show', 'runs', 'data', 'setup', 'doctor']) {
      expect(help.out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
      const own = await cli(name, '--help');
      expect(own).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`Usage: prune-lab ${name}`) });
      expect(await cli('help', name)).toEqual(own);
    }
    expect(await cli()).toMatchObject({ code: 2, out: '', err: help.out });
  });

  test('what is not understood is told with the nearest that is', async () => {
    await fails(['rnu'], 'terminal/unknown-command', /Did you mean `runs?`\?/);
    await fails(['chek', 'a.prune.json'], 'terminal/unknown-command', /Did you mean `check`\?/);
    await fails(['frobnicate'], 'terminal/unknown-command', /--help/);
    await fails(['constructor'], 'terminal/unknown-command');
    await fails(['run', 'a.prune.json', '--sead', '1'], 'terminal/unknown-option', /`--sead`[^]*Did you mean `--seed`\?/);
    await fails(['run', 'a.prune.json', '-x'], 'terminal/unknown-option', /`-x`/);
    await fails(['run'], 'terminal/bad-arguments', /FILE is missing[^]*Usage: prune-lab run FILE/);
    await fails(['check', 'a', 'b'], 'terminal/bad-arguments', /`b` is one argument too many/);
    await fails(['run', 'a', '--out'], 'terminal/bad-arguments', /out/);
    for (const seed of ['-1', '1.5', 'x', '', '2147483648'])
      await fails(['run', 'a', `--seed=${seed}`], 'terminal/bad-arguments', /whole number/);
    await fails(['run', 'a', '--parallel', '0'], 'terminal/bad-arguments', /--parallel/);
  });

  test('with --json a failure is also a line on stdout', async () => {
    const { out } = await fails(['show', 'nothing', '--json'], 'terminal/no-such-run');
    expect(JSON.parse(out)).toMatchObject({ type: 'error', failure: { code: 'terminal/no-such-run' } });
  });
});

describe('check', () => {
  test('a good file, its runs, and overrides', async () => {
    const name = await file(experiment({ sweep: { 'prune.criterion.lambda': [0, 0.2] }, seeds: [0, 1] }));
    expect(await cli('check', name)).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/4 runs:\n {2}lambda=0 seed=0\n/) });
    const { code, out } = await cli('check', name, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      type: 'checked',
      ok: true,
      runs: [{ label: 'lambda=0 seed=0', seed: 0, values: { 'prune.criterion.lambda': 0 } }, {}, {}, {}],
    });
    expect((await cli('check', name, '--set', 'prune.keep=5')).code).toBe(2);
  });

  test('a bad file: line, column, code and remedy; exit 2', async () => {
    const name = await file(
      '{\n  "data": { "name": "digits" },\n  "train": { "epochs": 2, "learningRate": 0.1 },\n  "prune": { "method": "wls", "kep": 0.05 }\n}\n',
    );
    const { code, out, err } = await cli('check', name);
    expect(code).toBe(2);
    expect(out).toMatch(/^a\.prune\.json:4:31 error config\/[a-z-]+: .*kep/m);
    expect(out).toMatch(/remedy: /);
    expect(out + err).not.toMatch(STACK);
    const lines = (await cli('check', name, '--json')).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find((line) => JSON.stringify(line['path']) === '["prune","kep"]')).toMatchObject({
      type: 'problem',
      file: name,
      range: { line: 4, column: 31 },
    });
    expect(lines.at(-1)).toMatchObject({ type: 'checked', ok: false });
  });

  test('no file, a folder, not JSON at all', async () => {
    await fails(['check', 'absent.prune.json'], 'config/not-found');
    await fails(['check', '.'], 'config/unreadable');
    expect(await cli('check', await file('\u0000\u0001'))).toMatchObject({ code: 2, err: '' });
  });
});

describe('show and runs', () => {
  test('by folder, id and last; the report is what the golden files hold', async () => {
    const folder = await doneRun();
    const id = folder.split('/').at(-1)!;
    const shown = await cli('show', 'last');
    expect(shown.code).toBe(0);
    const golden = await readFile('test/golden/terminal/report-wls.txt', 'utf8');
    expect(shown.out.replaceAll(id, '20260101T000000Z-quick-abcdef')).toBe(golden);
    expect(await cli('show', id)).toEqual(shown);
    expect(await cli('show', folder)).toEqual(shown);
    const json = JSON.parse((await cli('show', 'last', '--json')).out) as { report: unknown };
    expect(json).toMatchObject({ folder, run: { state: 'done' } });
    expect(json.report).toEqual(lenetReport());
    expect((await cli('runs')).out).toMatch(new RegExp(`^${id} +done +1\\.51% +13,310 weights \\(5\\.00%\\)$`, 'm'));
    await fails(['show', id.slice(0, -1)], 'terminal/no-such-run', new RegExp(`Did you mean \`${id}\``));
    await fails(['resume', id], 'terminal/already-done');
  });

  test('a run that is not done says how far it came and how to go on', async () => {
    const folder = await createRun({
      at: { root: join(work, '.prune', 'runs') },
      experiment: { seed: 0 },
      experimentFile: null,
      label: 'x',
      configHash: 'abcdef',
    });
    await updateRun(folder, { state: 'running', pid: 999_999_999, progress: { phase: 'train', epoch: 3, epochs: 9 }, resumable: true });
    const { code, out } = await cli('show', 'last');
    expect(code).toBe(0);
    expect(out).toMatch(/interrupted[^]*train 3 of 9[^]*prune-lab resume \.prune\/runs\//);
    expect((await cli('runs')).out).toMatch(/interrupted, train 3\/9/);
  });

  test('nothing there, and damage', async () => {
    await fails(['show', 'last'], 'terminal/no-runs');
    expect(await cli('runs')).toMatchObject({ code: 0, out: expect.stringContaining('No runs') });
    const folder = await doneRun();
    await writeFile(join(folder, 'report.json'), '{"schema": 1');
    await fails(['show', 'last'], 'store/damaged', /report\.json/);
    await writeFile(join(folder, 'run.json'), '');
    await fails(['show', folder], 'store/damaged');
    expect((await cli('runs')).out).toMatch(/damaged/);
  });

  test('a reader that stops reading is no failure', async () => {
    await doneRun();
    const { child, ended } = start(['show', 'last']);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });
});

describe('run', () => {
  test('bad input makes no folder', async () => {
    const good = await file(experiment());
    await fails(['run', 'absent.prune.json'], 'config/not-found');
    expect(await cli('run', await file(experiment({ nonsense: 1 }), 'b.prune.json'))).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^b\.prune\.json:\d+:\d+ error config\//),
    });
    const withoutData = await file(experiment({ data: { name: 'mnist', path: 'nowhere' } }), 'c.prune.json');
    await fails(['run', withoutData], 'config/data-not-found', /^c\.prune\.json:\d+:\d+ .*nowhere/);
    expect(await cli('check', withoutData)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/warning config\/data-not-found: .*nowhere/),
    });
    await mkdir(join(work, 'full'));
    await writeFile(join(work, 'full', 'thesis.tex'), '');
    await fails(['run', good, '--out', 'full'], 'store/exists');
    const without = await start(['run', good], environment({ PRUNE_LAB_KERNELS: join(home, 'nowhere') })).ended;
    expect(without).toMatchObject({ code: 1, err: expect.stringMatching(/^error setup\/kernels-missing: [^]*remedy: .*prune-lab setup/) });
    expect((await readdir(work)).sort()).toEqual(['a.prune.json', 'b.prune.json', 'c.prune.json', 'full']);
  });

  test('a run that fails: exit 1, its failure, its folder, how to go on', async () => {
    const { code, err, out } = await start(['run', await file(experiment()), '--out', 'r'], environment({ PRUNE_LAB_FAKE: 'exit:4' }))
      .ended;
    expect(code).toBe(1);
    expect(err).toMatch(/^error client\/engine-died: .*exit code 4[^]*remedy: [^]*log: r\/log\.txt/);
    expect(err).not.toMatch(STACK);
    expect(out).toContain('prune-lab resume r');
    expect(await readRun(join(work, 'r'))).toMatchObject({
      state: 'failed',
      failure: { code: 'client/engine-died' },
      experimentFile: join(work, 'a.prune.json'),
    });
  });

  test('--json: stdout is events alone, each with its run, and an end for each', async () => {
    const { code, out } = await start(
      ['run', await file(experiment({ seeds: [0, 1] })), '--json', '--out', 's'],
      environment({ PRUNE_LAB_FAKE: 'exit:4' }),
    ).ended;
    expect(code).toBe(1);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; run: string });
    expect(
      events
        .filter((e) => e.type === 'failed')
        .map((e) => e.run)
        .sort(),
    ).toEqual([join(work, 's', 'seed=0'), join(work, 's', 'seed=1')]);
    expect(events.at(-1)).toMatchObject({ type: 'comparison', folder: join(work, 's'), groups: [{ n: 0, missing: 2 }] });
    expect((await readdir(join(work, 's'))).sort()).toEqual(['comparison.csv', 'comparison.json', 'seed=0', 'seed=1']);
  });

  test.skipIf(process.platform === 'win32')('Ctrl-C: cancels, tells how to resume, exits with 130', async () => {
    const { child, seen, ended } = start(['run', await file(experiment()), '--out', 'r'], environment({ PRUNE_LAB_FAKE: 'work:60000' }));
    while (!seen.out.includes('train')) await once(child.stdout, 'data');
    // Twice, as under npm, which passes on what the terminal sends to the whole group.
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect(code).toBe(130);
    expect(out).toMatch(/Stopping at the end of this batch[^]*Cancelled\.[^]*prune-lab resume r$/m);
    expect(err).toBe('');
    expect((await readRun(join(work, 'r'))).state).toBe('cancelled');
    const again = await start(['resume', 'r'], environment({ PRUNE_LAB_FAKE: 'exit:1' })).ended;
    expect(again.out).toMatch(/starting it anew/);
    expect(again.code).toBe(1);
  });

  test.skipIf(process.platform === 'win32')('a second Ctrl-C stops what does not heed the first', async () => {
    const { child, seen, ended } = start(['run', await file(experiment()), '--out', 'r'], environment({ PRUNE_LAB_FAKE: 'stubborn' }));
    while (!seen.out.includes('deaf from here')) await once(child.stdout, 'data');
    child.kill('SIGINT');
    while (!seen.out.includes('again')) await once(child.stdout, 'data');
    // Longer than the time in which a second signal is the same key press, passed on twice.
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect((await readRun(join(work, 'r'))).state).toBe('interrupted');
  });
});

describe('data', () => {
  test('list tells where each set was found; digits is always there', async () => {
    const { code, out } = await cli('data', 'list');
    expect(code).toBe(0);
    expect(out).toMatch(/^digits +/m);
    expect(out).toMatch(/^mnist +.*not found/m);
    const json = (await cli('data', 'list', '--json')).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string });
    expect(json.map(({ name }) => name)).toEqual(['mnist', 'fashion-mnist', 'cifar-10', 'cifar-100', 'digits']);
  });

  test('an unknown set', async () => {
    await fails(['data', 'get', 'mnits'], 'terminal/unknown-set', /Did you mean `mnist`\?/);
    await fails(['data'], 'terminal/bad-arguments', /Usage: prune-lab data list/);
    await fails(['data', 'lst'], 'terminal/bad-arguments', /`lst`/);
    await fails(['data', 'get'], 'terminal/bad-arguments', /NAME is missing/);
  });
});

test('setup does nothing where the kernels are, and says where', async () => {
  expect(await cli('setup')).toMatchObject({ code: 0, err: '', out: expect.stringContaining(join(home, 'kernels')) });
  expect(await start(['setup'], environment({ PRUNE_LAB_KERNELS: work })).ended).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^error setup\//),
  });
});

test('the examples are good experiment files', async () => {
  for (const name of (await readdir('examples')).filter((n) => n.endsWith('.prune.json'))) {
    expect(await cli('check', resolve('examples', name)), name).toMatchObject({ code: 0 });
  }
});
