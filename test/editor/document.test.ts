import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { file, lenses, open, titles, until } from './helpers';

const codeOf = ({ code }: vscode.Diagnostic) => String(typeof code === 'object' ? code.value : code);
const problems = (name: string) => vscode.languages.getDiagnostics(file(name)).filter((problem) => codeOf(problem).startsWith('config/'));

/** The experiment `typed` with this text. Written by the editor alone: a file that changes under an open document cannot be saved. */
async function write(content: string): Promise<vscode.TextEditor> {
  const uri = file('typed.prune.json');
  const isThere = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!isThere) await vscode.workspace.fs.writeFile(uri, new Uint8Array());
  // As a click opens it: the editor keeps what an extension opens for minutes after its tab is closed.
  await vscode.commands.executeCommand('vscode.open', uri);
  const editor = await until('the editor', () =>
    vscode.window.visibleTextEditors.find(({ document }) => document.uri.fsPath === uri.fsPath),
  );
  const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
  await editor.edit((edit) => edit.replace(whole, content));
  assert.ok(await editor.document.save());
  return editor;
}

const GOOD = `{
  "name": "typed",
  "data": { "name": "digits", "train": 1200, "validation": 200, "test": 400 },
  "model": { "name": "mlp", "hidden": [24, 12] },
  "train": { "epochs": 4, "batch": 64, "learningRate": 0.05 },
  "prune": { "method": "wls", "keep": 0.1 }
}
`;

describe('an experiment file in the editor', () => {
  it('is checked: problems stand where they are, and nowhere else', async () => {
    const { document } = await open('broken.prune.json');
    const found = await until('problems', () => (problems('broken.prune.json').length >= 3 ? problems('broken.prune.json') : undefined));
    const key = found.find((problem) => codeOf(problem) === 'config/unknown-key');
    assert.ok(key);
    assert.equal(document.getText(key.range), '"hiden"');
    const unit = found.find((problem) => codeOf(problem) === 'config/unit');
    assert.ok(unit);
    assert.equal(document.getText(unit.range), '5');
    assert.match(unit.message, /keep fraction/);
    assert.equal(unit.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(found.length, 3);
  });

  it('shows no problem twice', async () => {
    await until('problems', () => problems('broken.prune.json').length >= 3);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const places = vscode.languages
      .getDiagnostics(file('broken.prune.json'))
      .map(({ range }) => `${range.start.line}:${range.start.character}`);
    assert.deepEqual(places, [...new Set(places)]);
  });

  it('a text that is no JSON has one mistake, and our fix of it, though VS Code’s JSON service finds it too', async () => {
    const { document } = await write(GOOD.replace('"typed",', '"typed"'));
    const all = () => vscode.languages.getDiagnostics(document.uri);
    const theirs = await until('the JSON service’s message', () => all().find(({ source }) => source !== 'Prune Lab'));
    const fix = await until('our fix', async () => {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        theirs.range,
        vscode.CodeActionKind.QuickFix.value,
      );
      return actions.find(({ title }) => title === 'Insert a comma');
    });
    assert.equal(all().length, 1);
    assert.ok(fix.edit);
    await vscode.workspace.applyEdit(fix.edit);
    await until('a file without problems', () => all().length === 0);
    assert.ok(await document.save());
  });

  it('comments and trailing commas are no mistakes', async () => {
    const { document } = await write(GOOD.replace('0.1 }', '0.1, }, // the last'));
    await until('its lenses', async () => (await lenses('typed.prune.json')).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
  });

  it('a good file has no problems', async () => {
    await open('small.prune.json');
    await until('its lenses', async () => (await lenses('small.prune.json')).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.deepEqual(vscode.languages.getDiagnostics(file('small.prune.json')), []);
  });

  it('quick fixes mend a misspelt key and a percentage', async () => {
    const { document } = await write(GOOD.replace('"hidden"', '"hiden"').replace('0.1 }', '5 }'));
    const name = 'typed.prune.json';
    for (const [text, mended] of [
      ['"hiden"', '"hidden"'],
      ['5 }', '0.05 }'],
    ] as const) {
      await until(`a problem at ${text}`, () =>
        problems(name).some(({ range }) => document.offsetAt(range.start) === document.getText().lastIndexOf(text)),
      );
      const at = document.positionAt(document.getText().lastIndexOf(text));
      const fix = await until(`a quick fix at ${text}`, async () => {
        const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          document.uri,
          new vscode.Range(at, at.translate(0, 1)),
          vscode.CodeActionKind.QuickFix.value,
        );
        return actions.find(({ edit }) => edit);
      });
      assert.ok(fix.edit);
      await vscode.workspace.applyEdit(fix.edit);
      assert.ok(document.getText().includes(mended), document.getText());
    }
    await until('a file without problems', () => problems(name).length === 0);
    assert.ok(await document.save());
  });

  it('problems follow what is typed, before it is saved', async () => {
    const editor = await write(GOOD);
    await until('no problems', () => problems('typed.prune.json').length === 0);
    await editor.edit((edit) => edit.insert(new vscode.Position(1, 2), '"nmae": 1,\n  '));
    await until('a problem', () => problems('typed.prune.json').some((problem) => codeOf(problem) === 'config/unknown-key'));
    assert.ok(editor.document.isDirty);
    assert.ok(await editor.document.save());
  });

  it('problems go when the file is deleted', async () => {
    await until('a problem', () => problems('typed.prune.json').length > 0);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await vscode.workspace.fs.delete(file('typed.prune.json'));
    await until('no problems', () => problems('typed.prune.json').length === 0);
  });

  it('lenses: what can be done with the file, stands at its root', async () => {
    await open('small.prune.json');
    const found = await until('lenses', async () => {
      const all = await lenses('small.prune.json');
      return all.length > 0 && all;
    });
    assert.deepEqual(
      titles(found)
        .slice(0, 2)
        .map((title) => title.replace(/[^\w ]/g, '').trim()),
      ['Prune model', 'Dry run'],
    );
    assert.ok(found.every(({ range }) => range.start.line === 0));
  });

  it('lenses of a sweep count its variants, at its key', async () => {
    const { document } = await open('sweep.prune.json');
    const found = await lenses('sweep.prune.json');
    const all = found.find((lens) => lens.command?.title.includes('4 variants'));
    assert.ok(all, titles(found).join());
    assert.match(document.lineAt(all.range.start.line).text, /"sweep"/);
    const seeds = found.find(({ range }) => document.lineAt(range.start.line).text.includes('"seeds"'));
    assert.ok(seeds, 'no lens at the seeds');
  });

  it('completion knows the keys of each place', async () => {
    const content = GOOD.replace('"method": "wls", "keep": 0.1', '"method": "wls", "keep": 0.1, ""');
    const editor = await write(content);
    const at = editor.document.positionAt(content.lastIndexOf('""') + 1);
    const items = await until('completion items', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        editor.document.uri,
        at,
      );
      const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      return labels.includes('criterion') && labels;
    });
    assert.ok(items.includes('schedule'));
    assert.ok(items.includes('floors'));
    assert.ok(!items.includes('hidden'));
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.workspace.fs.delete(file('typed.prune.json'));
  });

  it('hover explains a key', async () => {
    const { document } = await open('small.prune.json');
    const at = document.positionAt(document.getText().indexOf('"keep"') + 2);
    const text = await until('a hover', async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, at);
      return hovers
        .flatMap(({ contents }) => contents.map((content) => (typeof content === 'string' ? content : content.value)))
        .join('\n');
    });
    assert.match(text, /raction/);
  });
});
