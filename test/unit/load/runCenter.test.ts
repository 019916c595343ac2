/** The list of runs of a window when hundreds of its runs change at once. The editor is a stand-in: events and workspace folders. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import type { Kernels } from '../../../src/host/kernels';
import { RunCenter } from '../../../src/host/runs';
import { RUN_FILES, RUNS_FOLDER } from '../../../src/shared/ids';
import { sealed } from '../../../src/store/seal';
import { tempFolders } from '../../fixtures/folders';
import { runRecord } from '../../fixtures/run';

type Listener = (event: unknown) => void;

const editor = vi.hoisted(() => ({ folder: '', changed: [] as Listener[], reads: [] as string[] }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const readFile = (file: string, encoding: BufferEncoding) => {
    editor.reads.push(file);
    return real.readFile(file, encoding);
  };
  return { ...real, readFile };
});

vi.mock('vscode', () => {
  class EventEmitter {
    private readonly listeners: Listener[] = [];
    readonly event = (listener: Listener) => {
      this.listeners.push(listener);
      return { dispose: () => {} };
    };
    fire = (event?: unknown) => this.listeners.forEach((listener) => listener(event));
    dispose = () => void this.listeners.splice(0);
  }
  const never = () => ({ dispose: () => {} });
  const watched = (listener: Listener) => {
    editor.changed.push(listener);
    return { dispose: () => (editor.changed = editor.changed.filter((other) => other !== listener)) };
  };
  const watcher = (pattern: string) => {
    const isOfFiles = pattern.endsWith(RUN_FILE);
    return { onDidCreate: never, onDidChange: isOfFiles ? watched : never, onDidDelete: never, dispose: () => {} };
  };
  const RUN_FILE = 'run.json';
  return {
    EventEmitter,
    Uri: { file: (fsPath: string) => ({ fsPath, scheme: 'file' }) },
    window: { onDidChangeWindowState: never },
    workspace: {
      createFileSystemWatcher: watcher,
      onDidChangeWorkspaceFolders: never,
      get workspaceFolders() {
        return [{ uri: { fsPath: editor.folder, scheme: 'file' }, name: 'many', index: 0 }];
      },
      getWorkspaceFolder: () => ({ uri: { fsPath: editor.folder, scheme: 'file' }, name: 'many', index: 0 }),
    },
  };
});

const RUNS = 500;
const { work } = tempFolders('run-center');
const folders = Array.from({ length: RUNS }, (_, i) => join(work, RUNS_FOLDER, `run-${i}`));
const write = (folder: string, label: string) =>
  writeFileSync(join(folder, RUN_FILES.run), JSON.stringify(sealed(runRecord({ id: basename(folder), label }))));

let center: RunCenter;
let told = 0;
beforeAll(() => {
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    write(folder, 'before');
    writeFileSync(join(folder, RUN_FILES.config), JSON.stringify({ name: 'many', seed: 0 }));
  }
});
beforeEach(async () => {
  editor.folder = work;
  const log = { info: () => {}, warn: () => {}, error: () => {} } as unknown as vscode.LogOutputChannel;
  center = new RunCenter(log, { require: () => {}, childEnv: () => ({}) } as unknown as Kernels);
  await center.refresh();
  center.onDidChange(() => told++);
  told = 0;
  editor.reads = [];
});
afterEach(() => center.dispose());

const change = (changed: readonly string[]) => {
  for (const folder of changed) {
    write(folder, 'after');
    for (const listener of editor.changed) listener({ fsPath: join(folder, RUN_FILES.run), scheme: 'file' });
  }
};
const isAfter = (folder: string) => center.get(folder)?.run.label === 'after';

it('reads a run that changed, and no other', async () => {
  expect(center.entries).toHaveLength(RUNS);
  change([folders[5]!]);
  await vi.waitFor(() => expect(isAfter(folders[5]!)).toBe(true), { timeout: 5000 });
  expect(editor.reads).toEqual([join(folders[5]!, RUN_FILES.run)]);
  expect(center.entries.filter(({ folder }) => isAfter(folder))).toHaveLength(1);
  write(folders[5]!, 'before');
});

it('tells the views a few times of all that changed at once, when all of it is there', async () => {
  change(folders);
  await vi.waitFor(() => expect(folders.every(isAfter)).toBe(true), { timeout: 15_000 });
  await vi.waitFor(() => expect(told).toBeGreaterThan(0));
  expect(told).toBeLessThanOrEqual(5);
  expect(editor.reads).toHaveLength(RUNS);
});
