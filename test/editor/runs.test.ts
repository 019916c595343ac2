import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contract';
import { RUN_FILES } from '../../src/shared/ids';
import { Report } from '../../src/shared/report';
import { file, lenses, open, runs, settled, titles, until, workspace } from './helpers';

const panels = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ input }) => input instanceof vscode.TabInputWebview);
const reportOf = async (folder: string) => Report.parse(JSON.parse(await readFile(join(folder, RUN_FILES.report), 'utf8')));

describe('runs', () => {
  it('a lens starts one in a process of its own; it ends with a report', async function () {
    this.timeout(90_000);
    await open('small.prune.json');
    const lens = (await lenses('small.prune.json')).find(({ command }) => command?.title.includes('Prune model'));
    assert.ok(lens?.command);
    await vscode.commands.executeCommand(lens.command.command, ...((lens.command.arguments ?? []) as unknown[]));
    const { folder, run } = await settled('small', ['done', 'failed']);
    assert.equal(run.state, 'done', run.failure?.message);
    const report = await reportOf(folder);
    assert.deepEqual(
      report.stages.map(({ name }) => name),
      ['dense', 'masked', 'compact', 'fine-tuned'],
    );
    assert.equal(report.kept.weights, 1922);
  });

  it('the last result stands in the lens', async () => {
    await until('a lens with the last result', async () =>
      titles(await lenses('small.prune.json')).find((title) => /last: .*%/.test(title)),
    );
  });

  it('its result opens in a panel', async () => {
    const [newest] = await runs('small');
    assert.ok(newest);
    await vscode.commands.executeCommand(COMMANDS.showResult, newest.folder);
    await until('a panel', () => panels().find(({ label }) => label.includes('small')));
  });

  it('while one goes on, the lenses say how far it is, and it can be cancelled and resumed to its end', async function () {
    this.timeout(120_000);
    await open('long.prune.json');
    await vscode.commands.executeCommand(COMMANDS.pruneModel, file('long.prune.json'));
    await until(
      'a lens with progress',
      async () => titles(await lenses('long.prune.json')).find((title) => /epoch ([2-9]|\d\d)\/60/.test(title)),
      40_000,
    );
    assert.ok(!titles(await lenses('long.prune.json')).some((title) => title.includes('Prune model')));
    const { folder } = await settled('long', ['running']);
    await vscode.commands.executeCommand(COMMANDS.cancelRun, folder);
    const cancelled = await settled('long', ['cancelled']);
    assert.equal(cancelled.run.resumable, true);
    const at = cancelled.run.progress?.epoch ?? 0;
    assert.ok(at < 60);

    await until('the lenses of a file at rest', async () =>
      titles(await lenses('long.prune.json')).some((title) => title.includes('Prune model')),
    );
    await vscode.commands.executeCommand(COMMANDS.resumeRun, folder);
    const done = await settled('long', ['done', 'failed'], 80_000);
    assert.equal(done.run.state, 'done', done.run.failure?.message);
    assert.equal(done.folder, folder);
    assert.equal((await reportOf(folder)).history.filter(({ phase }) => phase === 'train').length, 60);
  });

  it('an unsaved file is not run behind the person’s back: what runs is what the editor shows', async function () {
    this.timeout(90_000);
    const before = (await runs('small')).length;
    const editor = await open('small.prune.json');
    const at = editor.document.positionAt(editor.document.getText().indexOf('"keep": 0.1') + '"keep": 0.1'.length);
    await editor.edit((edit) => edit.insert(at, '5'));
    await vscode.commands.executeCommand(COMMANDS.pruneModel, file('small.prune.json'));
    const { folder } = await until(
      'a second run',
      async () => {
        const all = await runs('small');
        return all.length > before && all[0]?.run.state === 'done' && all[0];
      },
      60_000,
    );
    assert.equal((await reportOf(folder)).keep, 0.15);
    assert.equal(editor.document.isDirty, false);
  });

  it('a dry run takes seconds and is marked', async function () {
    this.timeout(60_000);
    await open('long.prune.json');
    await vscode.commands.executeCommand(COMMANDS.dryRun, file('long.prune.json'));
    const { run, folder } = await settled('dry-run', ['done', 'failed']);
    assert.equal(run.state, 'done', run.failure?.message);
    assert.match(run.label, /dry run/);
    assert.equal((await reportOf(folder)).history.filter(({ phase }) => phase === 'train').length, 2);
  });

  it('all variants of a sweep run', async function () {
    this.timeout(120_000);
    await open('sweep.prune.json');
    await vscode.commands.executeCommand(COMMANDS.runAll, file('sweep.prune.json'));
    const done = await until(
      'four finished runs',
      async () => {
        const ended = (await runs('lambda')).filter(({ run }) => run.state === 'done');
        return ended.length === 4 && ended;
      },
      100_000,
    );
    assert.deepEqual(new Set(done.map(({ run }) => run.seed)), new Set([1, 2]));
  });

  it('runs can be compared', async () => {
    const folders = (await runs('lambda')).map(({ folder }) => folder);
    await vscode.commands.executeCommand(COMMANDS.compareRuns, folders[0], folders);
    await until('the compare panel', () => panels().find(({ label }) => /ompar/.test(label)));
  });

  it('a result as Markdown', async () => {
    const [newest] = await runs('small');
    assert.ok(newest);
    await vscode.env.clipboard.writeText('');
    await vscode.commands.executeCommand(COMMANDS.copyMarkdown, newest.folder);
    const text = await until('text on the clipboard', async () => vscode.env.clipboard.readText());
    assert.match(text, /\|.*fine-tuned/);
  });

  it('a broken file starts nothing', async () => {
    await open('broken.prune.json');
    // Its message waits for a click, so the command itself may not end.
    void vscode.commands.executeCommand(COMMANDS.pruneModel, file('broken.prune.json'));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(await runs('broken'), []);
  });

  it('a damaged run folder does not hide the others', async () => {
    const [newest] = await runs('small');
    assert.ok(newest);
    const record = join(newest.folder, RUN_FILES.run);
    const good = await readFile(record, 'utf8');
    await writeFile(record, good.slice(0, 50));
    await vscode.commands.executeCommand(COMMANDS.refreshRuns);
    await writeFile(record, good);
    await vscode.commands.executeCommand(COMMANDS.refreshRuns);
    await until('the last result again', async () => titles(await lenses('small.prune.json')).find((title) => /last: /.test(title)));
  });

  it('tasks.json can run an experiment', async function () {
    this.timeout(60_000);
    const tasks = await vscode.tasks.fetchTasks({ type: 'prune' });
    const task = tasks.find(({ definition }) => definition['file'] === 'small.prune.json');
    assert.ok(task, `no task among ${tasks.map(({ name }) => name).join()}`);
    const before = (await runs('small')).length;
    const ended = new Promise<void>((resolve) =>
      vscode.tasks.onDidEndTask(({ execution }) => execution.task.name === task.name && resolve()),
    );
    await vscode.tasks.executeTask(task);
    await ended;
    assert.equal((await runs('small')).length, before + 1);
    await assert.doesNotReject(stat(join(workspace(), '.prune', 'runs')));
  });
});
