import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contract';
import { extension, open, until } from './helpers';

interface Manifest {
  activationEvents: string[];
  contributes: { commands: { command: string }[]; jsonLanguageParticipants: unknown[] };
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

  it('so is one alone: its language starts the extension, and takes part in the JSON service', async () => {
    const { document } = await open('small.prune.json');
    const { activationEvents, contributes } = extension().packageJSON as Manifest;
    assert.ok(activationEvents.includes(`onLanguage:${document.languageId}`));
    assert.deepEqual(contributes.jsonLanguageParticipants, [{ languageId: document.languageId, comments: true }]);
  });
});
