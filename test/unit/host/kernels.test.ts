import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Kernels } from '../../../src/host/kernels';
import { ADDON, locateKernels, MANIFEST, type KernelManifest } from '../../../src/setup/locate';
import { kernelsFolder } from '../../../src/setup/paths';
import type { Device } from '../../../src/shared/device';
import { kernelId, KERNELS } from '../../../src/setup/sources';

let work: string;
const storage = () => path.join(work, 'storage');
const cache = () => path.join(work, 'cache');
const override = () => path.join(work, 'override');

beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'prune-lab-kernels-'));
  vi.stubEnv('PRUNE_LAB_CACHE', cache());
  vi.stubEnv('PRUNE_LAB_KERNELS', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(work, { recursive: true, force: true });
});

/** What finding looks at: a manifest, and its files in their sizes. */
function putKernels(folder: string): string {
  mkdirSync(path.dirname(path.join(folder, ADDON)), { recursive: true });
  writeFileSync(path.join(folder, ADDON), 'addon');
  const manifest: KernelManifest = {
    id: path.basename(folder),
    source: 'a test',
    tensorflow: '2.18.0',
    platform: process.platform,
    arch: process.arch,
    created: '2026-01-01T00:00:00.000Z',
    files: [{ file: ADDON.split(path.sep).join('/'), bytes: 5, sha256: '' }],
  };
  writeFileSync(path.join(folder, MANIFEST), JSON.stringify(manifest));
  return folder;
}
const folderIn = (root: string, device: Device = 'cpu') =>
  path.join(kernelsFolder({ PRUNE_LAB_CACHE: root }), kernelId(KERNELS.find((kind) => kind.device === device)!));

describe('the kernels of the editor', () => {
  it('are missing where there are none', () => {
    const kernels = new Kernels(storage());
    expect(kernels.find()).toBeNull();
    expect(() => kernels.require()).toThrowError(expect.objectContaining({ code: 'host/kernels-missing' }));
    expect(kernels.childEnv()['PRUNE_LAB_KERNELS']).toBeUndefined();
  });

  it("are found in the extension's storage, which a child is told of and takes for an override", () => {
    const folder = putKernels(folderIn(storage()));
    const kernels = new Kernels(storage());
    expect(kernels.require()).toMatchObject({ folder, from: 'storage' });
    expect(locateKernels(kernels.childEnv())).toMatchObject({ folder, from: 'override' });
  });

  it("are taken from the user's cache before that, and from the override before both", () => {
    putKernels(folderIn(storage()));
    const kernels = new Kernels(storage());
    const cached = putKernels(folderIn(cache()));
    expect(kernels.find()).toMatchObject({ folder: cached, from: 'cache' });
    expect(locateKernels(kernels.childEnv())).toMatchObject({ folder: cached, from: 'cache' });

    vi.stubEnv('PRUNE_LAB_KERNELS', putKernels(override()));
    expect(kernels.find()).toMatchObject({ folder: override(), from: 'override' });
    expect(locateKernels(kernels.childEnv())).toMatchObject({ folder: override(), from: 'override' });
  });

  it('of a graphics card are those made for it, and serve the processor where there are no others', () => {
    const kernels = new Kernels(storage());
    const both = putKernels(folderIn(storage(), 'gpu'));
    expect(kernels.require('gpu')).toMatchObject({ folder: both, from: 'storage' });
    expect(kernels.require()).toMatchObject({ folder: both });
    const processor = putKernels(folderIn(storage()));
    expect(kernels.require()).toMatchObject({ folder: processor });
    expect(kernels.childEnv('gpu')['PRUNE_LAB_KERNELS']).toBe(both);

    rmSync(both, { recursive: true });
    expect(() => kernels.require('gpu')).toThrowError(expect.objectContaining({ code: 'host/gpu-kernels-missing' }));
    expect(kernels.childEnv('gpu')['PRUNE_LAB_KERNELS']).toBeUndefined();
  });
});
