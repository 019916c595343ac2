import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contract';
import { extension, open, until } from './helpers';

interface Manifest {
  contributes: { commands: { command: string }[] };
}

describe('activation', () => {
  it('an experiment file in the workspace is enough', async () => {
    await open('small.prune.json');
    await until('activation', () => extension().isActive);
  });

  it('every command of the manifest is registered, and every one that the code names is in the manifest', async () => {
    const manifest = extension().packageJSON as Manifest;
    const declared = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual([...declared].sort(), Object.values(COMMANDS).sort());
    const registered = await vscode.commands.getCommands(true);
    assert.deepEqual(
      declared.filter((command) => !registered.includes(command)),
      [],
    );
  });

  it('an experiment file is JSON with comments', async () => {
    const { document } = await open('small.prune.json');
    assert.equal(document.languageId, 'jsonc');
  });
});
