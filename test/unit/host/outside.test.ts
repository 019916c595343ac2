/** Paths and links of a repository that lead out of the workspace, with real folders and links. */
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Allowed } from '../../../src/host/outside';
import { dataFolders, requireFolderInside, requireRunInside } from '../../../src/host/outside';
import { queueAgain, queueVariant, variantsOf } from '../../../src/host/prepare';
import { PruneError } from '../../../src/shared/errors';
import { sealed } from '../../../src/store/seal';
import { tempFolders } from '../../fixtures/folders';

const { newFolder } = tempFolders('outside');

/** `workspace` is open; `elsewhere` is not part of it. */
let workspace: string;
let elsewhere: string;
let allowed: Allowed;
beforeEach(() => {
  const top = realpathSync(newFolder());
  workspace = path.join(top, 'workspace');
  elsewhere = path.join(top, 'elsewhere');
  for (const folder of [workspace, elsewhere]) filled(path.join(folder, 'data'));
  allowed = [workspace];
});

/** All that an experiment may name. */
function filled(folder: string): void {
  mkdirSync(path.join(folder, 'classes', 'a'), { recursive: true });
  for (const name of ['x.npy', 'y.npy', 'weights.bin', 'classes/a/1.png']) writeFileSync(path.join(folder, name), '');
  writeFileSync(path.join(folder, 'model.json'), JSON.stringify({ weightsManifest: [{ paths: ['weights.bin'], weights: [] }] }));
}

const rest = { train: { epochs: 1, learningRate: 0.1 } };
const digits = { name: 'digits', train: 10, validation: 10, test: 10 };
const images = (folder: string) => ({ ...rest, data: { name: 'images', path: folder, size: 8 }, model: { name: 'mlp', hidden: [4] } });
const npy = (file: string) => ({
  ...rest,
  data: { name: 'npy', images: 'data/x.npy', labels: 'data/y.npy', testImages: 'data/x.npy', testLabels: file },
});
const saved = (file: string) => ({ ...rest, data: digits, model: { name: 'saved', path: file } });

const outside = (key: string) => ({ code: 'host/outside-workspace', message: expect.stringContaining(key) as string });

/** As "Prune model" starts it, until its folder is there. */
async function start(experiment: object, folder = workspace): Promise<string> {
  const file = path.join(folder, 'one.prune.json');
  writeFileSync(file, JSON.stringify(experiment));
  const [variant] = await variantsOf(file, { all: true }, allowed);
  return (await queueVariant(variant!, file, workspace, allowed)).runDir;
}

describe('an experiment that is started from the editor', () => {
  it.each([
    ['data.path', images('data/classes')],
    ['data.testLabels', npy('data/y.npy')],
    ['model.path', saved('data/model.json')],
  ])('may name what lies in the workspace as %s', async (_, experiment) => {
    expect(path.dirname(await start(experiment))).toBe(path.join(workspace, '.prune', 'runs'));
  });

  it.each([
    ['data.path', images('../elsewhere/data/classes')],
    ['data.testLabels', npy('../elsewhere/data/y.npy')],
    ['model.path', saved('data/../../elsewhere/data/model.json')],
  ])('may not leave it by .. as %s', async (key, experiment) => {
    await expect(start(experiment)).rejects.toMatchObject(outside(key));
  });

  it('says what leads where, and what to do', async () => {
    const error: unknown = await start(images('../elsewhere/data/classes')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PruneError);
    const { message, remedy, where } = error as PruneError;
    expect(message).toBe(
      `data.path leads out of the workspace: ../elsewhere/data/classes is ${path.join(elsewhere, 'data', 'classes')}. The experiment was not started.`,
    );
    expect(remedy).toContain('pruneLab.allowOutsidePaths');
    expect(where).toBe(path.join(workspace, 'one.prune.json'));
  });

  it('may not leave it by an absolute path, there or not', async () => {
    await expect(start(images(path.join(elsewhere, 'data')))).rejects.toMatchObject(outside('data.path'));
    await expect(start(images(path.join(elsewhere, 'none')))).rejects.toMatchObject(outside('data.path'));
    // Begins with the same letters.
    await expect(start(images(`${workspace}-two`))).rejects.toMatchObject(outside('data.path'));
    await expect(start(images(path.join(workspace, 'data', 'classes')))).resolves.toBeTruthy();
  });

  it('may not leave it through a link on the way', async () => {
    symlinkSync(elsewhere, path.join(workspace, 'link'));
    await expect(start(images('link/data/classes'))).rejects.toMatchObject(outside('data.path'));
    await expect(start(saved('link/data/model.json'))).rejects.toMatchObject(outside('model.path'));
    symlinkSync(path.join(elsewhere, 'data', 'y.npy'), path.join(workspace, 'data', 'linked.npy'));
    await expect(start(npy('data/linked.npy'))).rejects.toMatchObject(outside('data.testLabels'));
  });

  it('may not leave it through a link among its files', async () => {
    symlinkSync(path.join(elsewhere, 'data', 'classes', 'a', '1.png'), path.join(workspace, 'data', 'classes', 'a', '2.png'));
    await expect(start(images('data/classes'))).rejects.toMatchObject(outside(path.join('classes', 'a', '2.png')));
    symlinkSync(path.join(elsewhere, 'data', 'classes', 'a'), path.join(workspace, 'data', 'b'));
    await expect(start(images('data'))).rejects.toMatchObject(outside('data.path'));
  });

  it('may not take a model whose weights lie elsewhere', async () => {
    symlinkSync(path.join(elsewhere, 'data', 'weights.bin'), path.join(workspace, 'data', 'linked.bin'));
    writeFileSync(path.join(workspace, 'data', 'model.json'), JSON.stringify({ weightsManifest: [{ paths: ['linked.bin'] }] }));
    await expect(start(saved('data/model.json'))).rejects.toMatchObject(outside('linked.bin'));
  });

  it('may follow links that stay in it', async () => {
    symlinkSync(path.join(workspace, 'data'), path.join(workspace, 'link'));
    await expect(start(images('link/classes'))).resolves.toBeTruthy();
  });

  it('may lie in a workspace that is itself opened through a link', async () => {
    const link = path.join(path.dirname(workspace), 'opened');
    symlinkSync(workspace, link);
    allowed = [link];
    await expect(start(images('data/classes'), link)).resolves.toBeTruthy();
    await expect(start(images('../elsewhere/data/classes'), link)).rejects.toMatchObject(outside('data.path'));
  });

  it('may not sweep over places elsewhere, in none of the runs that are started', async () => {
    const sweep = { 'data.path': ['data/classes', '../elsewhere/data/classes'] };
    await expect(start({ ...images('data/classes'), sweep })).rejects.toMatchObject(outside('data.path'));
  });

  it('may name any place where the person allows it', async () => {
    allowed = null;
    await expect(start(images('../elsewhere/data/classes'))).resolves.toBeTruthy();
  });

  it("may name the person's own data folders", async () => {
    vi.stubEnv('PRUNE_LAB_DATA', path.join(elsewhere, 'data'));
    vi.stubEnv('PRUNE_LAB_CACHE', path.join(elsewhere, 'cache'));
    allowed = [workspace, ...dataFolders()];
    vi.unstubAllEnvs();
    filled(path.join(elsewhere, 'cache', 'data'));
    await expect(start(images('../elsewhere/data/classes'))).resolves.toBeTruthy();
    await expect(start(images('../elsewhere/cache/data/classes'))).resolves.toBeTruthy();
    await expect(start(images('../elsewhere/cache'))).rejects.toMatchObject(outside('data.path'));
  });
});

describe('what runs leave', () => {
  it('is not made behind a link that leads out, whether or not anything is there', async () => {
    for (const [name, target] of [
      ['there', elsewhere],
      ['missing', path.join(elsewhere, 'missing')],
    ] as const) {
      const root = path.join(workspace, name);
      symlinkSync(target, root);
      await expect(requireFolderInside(path.join(root, 'runs'), allowed)).rejects.toMatchObject({ code: 'host/outside-workspace' });
      await expect(requireFolderInside(path.join(root, 'runs'), null)).resolves.toBeUndefined();
    }
    symlinkSync(elsewhere, path.join(workspace, '.prune'));
    await expect(start(images('data/classes'))).rejects.toMatchObject({ code: 'host/outside-workspace' });
  });

  it.each([
    ['a file that is there', 'log.txt', 'data/x.npy'],
    ['a file that would be made', 'metrics.ndjson', 'made.ndjson'],
    ['a folder of models', 'model', 'data'],
  ])('does not change %s elsewhere when a run that came with the repository is resumed', async (_, name, target) => {
    const runDir = await start(images('data/classes'));
    await expect(queueAgain(runDir, allowed)).resolves.toMatchObject({ runDir, resume: false });
    symlinkSync(path.join(elsewhere, target), path.join(runDir, name));
    await expect(queueAgain(runDir, allowed)).rejects.toMatchObject(outside(name));
    await expect(requireRunInside(runDir, allowed)).rejects.toMatchObject(outside(name));
    await expect(queueAgain(runDir, null)).resolves.toMatchObject({ runDir });
  });

  it('is not resumed where the record was changed to name a place elsewhere', async () => {
    const runDir = await start(images('data/classes'));
    const record = path.join(runDir, 'run.json');
    const { digest: _, ...run } = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
    // Whoever forges a record can give it its digest too.
    writeFileSync(record, JSON.stringify(sealed({ ...run, experimentFile: path.join(elsewhere, 'one.prune.json') })));
    await expect(queueAgain(runDir, allowed)).rejects.toMatchObject(outside('data.path'));
  });
});
