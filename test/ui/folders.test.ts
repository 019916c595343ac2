/** A workspace of two folders that have an experiment of the same name. */
import { mkdirSync, readdirSync, renameSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Run } from '../../src/shared/report';
import { useWorkbench } from './use';

const FOLDERS = ['first', 'second'] as const;

const vs = useWorkbench({
  opens: { workspaceFile: 'both.code-workspace' },
  prepare: (workspace) => {
    const text = readFileSync(path.join(workspace, 'small.prune.json'), 'utf8');
    for (const name of FOLDERS) {
      mkdirSync(path.join(workspace, name));
      writeFileSync(path.join(workspace, name, 'small.prune.json'), name === 'first' ? text : text.replace('"keep": 0.1', '"keep": 0.2'));
    }
    renameSync(path.join(workspace, 'small.prune.json'), path.join(workspace, 'elsewhere.json'));
    writeFileSync(path.join(workspace, 'both.code-workspace'), JSON.stringify({ folders: FOLDERS.map((name) => ({ path: name })) }));
  },
});

function runsOf(folder: string): Run[] {
  const root = path.join(vs().workspace, folder, '.prune', 'runs');
  try {
    const names = readdirSync(root).filter((name) => !name.startsWith('.'));
    return names.map((name) => Run.parse(JSON.parse(readFileSync(path.join(root, name, 'run.json'), 'utf8'))));
  } catch {
    return [];
  }
}

test.each(FOLDERS)(
  'the experiment of %s is found, and its run lands in that folder',
  async (folder) => {
    const other = FOLDERS.find((name) => name !== folder)!;
    const before = runsOf(other).length;
    await vs().command('Prune Lab: Prune model');
    for (const name of FOLDERS) await vs().choice(`${name}/small.prune.json`).waitFor();
    await vs().choose(`${folder}/small.prune.json`);
    await expect.poll(() => runsOf(folder)[0]?.state, { timeout: 50_000, interval: 200 }).toBe('done');
    expect(runsOf(folder)[0]!.experimentFile).toBe(path.join(vs().workspace, folder, 'small.prune.json'));
    expect(runsOf(other)).toHaveLength(before);
  },
  90_000,
);

test('the tree tells them apart', async () => {
  await vs().showSidePanel();
  for (const folder of FOLDERS)
    await vs()
      .row(new RegExp(`small.*${folder} · 1 run`))
      .waitFor();
  await vs().shot('two-folders');
});

test('each file’s lens tells its own last result', async () => {
  const lasts: string[] = [];
  for (const folder of FOLDERS) {
    await vs().command('View: Close All Editors');
    await vs().page.keyboard.press('Control+p');
    await vs().choose(folder, `${folder}/small.prune.json`);
    const last = vs().lens(/last: .*%/);
    await last.waitFor();
    lasts.push((await last.innerText()).replace(/.*·\s*/, ''));
  }
  expect(lasts).toEqual(['10× fewer', '5× fewer']);
});

test('runs of both are compared', async () => {
  await vs().command('View: Close All Editors');
  await vs().command('Prune Lab: Compare runs');
  for (const folder of FOLDERS) await vs().choice(folder).locator('input[type=checkbox], .monaco-checkbox').first().click();
  await vs().shot('two-folders-pick');
  await vs().page.keyboard.press('Enter');
  await vs().tab('Compare 2 runs').waitFor();
  await vs().webview().getByText('prune.keep').first().waitFor();
  for (const folder of FOLDERS) await vs().webview().getByText(`small (${folder})`).first().waitFor();
  await vs().shot('two-folders-compare');
});
