/** Each hostile case as a person meets it, with the text that the person sees. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadExperiment } from '../../../src/config/load';
import { loadDataset } from '../../../src/engine/data/load';
import { queueVariant, variantsOf } from '../../../src/host/prepare';
import { unpack } from '../../../src/setup/archive';
import { formatFailure, PruneError } from '../../../src/shared/errors';
import { forTerminal } from '../../../src/shared/harmless';
import { tempFolders } from '../../fixtures/folders';
import { buildProgram } from '../../fixtures/program';
import { CASES, type By } from './cases';

const { work, newFolder } = tempFolders('hostile');

const program = path.join(work, 'cli.cjs');
beforeAll(() => buildProgram(program));

/** What the program prints, both streams. */
async function printed(args: readonly string[], cwd: string): Promise<string> {
  const env = { PATH: process.env['PATH'], PRUNE_LAB_CACHE: path.join(work, 'cache') };
  const child = spawn(process.execPath, [program, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return text;
}

const REFUSERS = {
  /** As "Prune model" starts it in a trusted workspace. */
  editor: async (folder: string) => {
    const file = path.join(folder, 'x.prune.json');
    const [variant] = await variantsOf(file, { all: true }, [folder]);
    await queueVariant(variant!, file, folder, [folder]);
  },
  /** As the child loads it. */
  data: async (folder: string) => {
    const { file } = await loadExperiment(path.join(folder, 'x.prune.json'));
    const decode = () => {
      throw new Error('no image may come so far');
    };
    await loadDataset(file!.data, { experimentDir: folder, env: {}, decode });
  },
  archive: async (folder: string) => {
    const into = path.join(folder, 'in');
    mkdirSync(into);
    await unpack(path.join(folder, 'archive'), into, (entry) => entry, { mostBytes: 1e9, mostEntries: 1000 });
  },
};

async function seen(by: By, folder: string): Promise<string> {
  if (typeof by === 'object') return printed(by.terminal, folder);
  const error: unknown = await REFUSERS[by](folder).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PruneError);
  return `${forTerminal(formatFailure(error as PruneError))}\n`;
}

test.each(CASES)('$name: $hostile', async ({ name, code, by, make }) => {
  const top = realpathSync(newFolder());
  const folder = path.join(top, 'workspace');
  mkdirSync(folder);
  make(folder);
  const before = readdirSync(top).sort();
  const text = (await seen(by, folder)).replaceAll(folder, 'WORKSPACE').replaceAll(top, 'TOP');

  if (code === null) expect(text).not.toMatch(/^error |internal\/unexpected/m);
  else expect(text).toMatch(new RegExp(`error ${code}: `));
  expect(text).not.toMatch(/^\s+at .*[:(]\d+:\d+|node:internal/m);
  // eslint-disable-next-line no-control-regex -- nothing that a terminal would obey
  expect(text).not.toMatch(/[\0-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  // Nothing was written beside the workspace, and no run was made.
  expect(readdirSync(top).sort()).toEqual(before);
  if (by === 'editor') expect(existsSync(path.join(folder, '.prune', 'runs'))).toBe(false);
  await expect(text).toMatchFileSnapshot(path.join(import.meta.dirname, '../../golden/hostile', `${name}.txt`));
});

test('no two cases have one name', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
});
