/** Fetching a CIFAR set: real HTTP on this machine, and archives made here. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import * as tar from 'tar';
import { afterEach, describe, expect, test } from 'vitest';
import { getDataset, listDatasets, type GetOptions } from '../../../src/engine/data/get';
import { loadDataset } from '../../../src/engine/data/load';
import { stream } from '../../../src/engine/random';
import { md5, newFolder, refusal } from './fixtures';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const noise = stream(0, 'noise');
const records = (count: number) =>
  Buffer.from(Uint8Array.from({ length: count * 3074 }, (_, i) => (i % 3074 < 2 ? noise.int(20) : noise.int(256))));
const FILES: Record<string, Buffer> = {
  'train.bin': records(40),
  'test.bin': records(3),
  'fine_label_names.txt': Buffer.from(Array.from({ length: 100 }, (_, i) => `fine ${i}\n`).join('')),
  'coarse_label_names.txt': Buffer.from('coarse\n'),
};
const SIZES = { ...Object.fromEntries(Object.entries(FILES).map(([name, { length }]) => [name, length])), 'fine_label_names.txt': null };
const READ = Object.keys(FILES).sort();

/** The bytes of a gzip'd tar of these files; `prepare` may put other things beside them. */
async function archiveOf(
  files: Record<string, Buffer> = FILES,
  top = 'cifar-100-binary',
  prepare?: (folder: string) => void,
  more: readonly string[] = [],
): Promise<Buffer> {
  const work = path.join(newFolder(), 'work');
  mkdirSync(path.join(work, top), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(work, top, name), bytes);
  prepare?.(path.join(work, top));
  const file = path.join(newFolder(), 'a.tar.gz');
  await tar.create({ file, gzip: true, cwd: work, portable: true, preservePaths: true }, [top, ...more]);
  return readFileSync(file);
}

/** A server of one file, which cuts the line after `upTo` bytes where it is said. */
async function serve(bytes: Buffer, upTo?: number) {
  const asked: { file: string; range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const range = request.headers.range;
    asked.push({ file: path.basename(request.url!), range });
    const from = range ? Number(/^bytes=(\d+)-$/.exec(range)![1]) : 0;
    response.writeHead(range ? 206 : 200, { 'content-length': bytes.length - from });
    if (upTo === undefined) response.end(bytes.subarray(from));
    else response.write(bytes.subarray(from, upTo), () => setTimeout(() => response.destroy(), 50));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, mirrors: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`] };
}

const folderOf = (cache: string) => path.join(cache, 'data', 'cifar-100');
const target = (cache: string) => path.join(folderOf(cache), 'cifar-100-binary');
const get = (cache: string, archive: Buffer, mirrors: readonly string[], options: GetOptions = {}) =>
  getDataset('cifar-100', { env: { PRUNE_LAB_CACHE: cache }, mirrors, archive: { md5: md5(archive), files: SIZES }, ...options });

/** The folder of the set, whole and alone: no archive, no half of one. */
function expectWhole(cache: string): void {
  expect(readdirSync(folderOf(cache))).toEqual(['cifar-100-binary']);
  expect(readdirSync(target(cache)).sort()).toEqual(READ);
  for (const [name, bytes] of Object.entries(FILES)) expect(readFileSync(path.join(target(cache), name)).equals(bytes)).toBe(true);
}

test('an archive is fetched once, unpacked, and then found and read', async () => {
  const [cache, archive] = [newFolder(), await archiveOf()];
  const env = { PRUNE_LAB_CACHE: cache };
  const { asked, mirrors } = await serve(archive);
  const seen: (number | null)[] = [];
  expect(await get(cache, archive, mirrors, { progress: (_file, done, total) => seen.push(done, total) })).toBe(target(cache));
  expectWhole(cache);
  expect(asked).toEqual([{ file: 'cifar-100-binary.tar.gz', range: undefined }]);
  expect(seen.slice(-2)).toEqual([archive.length, archive.length]);

  expect(await get(cache, archive, mirrors)).toBe(target(cache));
  expect(asked).toHaveLength(1);
  expect((await listDatasets(env)).find(({ name }) => name === 'cifar-100')).toEqual({ name: 'cifar-100', found: target(cache) });
  const set = await loadDataset({ name: 'cifar-100', augment: 'none', train: 30, validation: 10, test: 3 }, { experimentDir: null, env });
  expect(set.classNames?.[99]).toBe('fine 99');
  expect(set.note).toContain("the user's cache");
});

test('a file that is gone or cut: the set is fetched anew', async () => {
  const [cache, archive] = [newFolder(), await archiveOf()];
  const { asked, mirrors } = await serve(archive);
  await get(cache, archive, mirrors);
  truncateSync(path.join(target(cache), 'train.bin'), 100);
  await get(cache, archive, mirrors);
  expect(asked).toHaveLength(2);
  expectWhole(cache);
});

test('a cut connection is gone on with by a later call', async () => {
  const [cache, archive] = [newFolder(), await archiveOf()];
  const half = Math.floor(archive.length / 2);
  const error = await refusal(get(cache, archive, (await serve(archive, half)).mirrors));
  expect(error.code).toBe('data/no-network');
  expect(readdirSync(folderOf(cache))).toEqual(['cifar-100-binary.tar.gz.part']);
  const { asked, mirrors } = await serve(archive);
  await get(cache, archive, mirrors);
  expect(asked).toEqual([{ file: 'cifar-100-binary.tar.gz', range: `bytes=${half}-` }]);
  expectWhole(cache);
});

test('an abort before unpacking leaves what was fetched, and nothing half', async () => {
  const [cache, archive] = [newFolder(), await archiveOf()];
  const abort = new AbortController();
  const { mirrors } = await serve(archive);
  const progress: GetOptions['progress'] = (_file, done) => done === archive.length && abort.abort();
  const error = await get(cache, archive, mirrors, { progress, signal: abort.signal }).catch((reason: unknown) => reason);
  expect(error).toBe(abort.signal.reason);
  expect(existsSync(target(cache))).toBe(false);
  expect(readdirSync(folderOf(cache)).filter((name) => name.startsWith('unpacking'))).toEqual([]);
  await get(cache, archive, (await serve(archive)).mirrors);
  expectWhole(cache);
});

function fill(folder: string, files: number): void {
  for (let i = 0; i < files; i++) writeFileSync(path.join(folder, `other ${i}`), '');
}

describe('an archive that is not the published one', () => {
  test('by its digest: nothing of it is kept', async () => {
    const [cache, archive] = [newFolder(), await archiveOf()];
    const { mirrors } = await serve(archive);
    const error = await refusal(getDataset('cifar-100', { env: { PRUNE_LAB_CACHE: cache }, mirrors }));
    expect(error).toMatchObject({ code: 'data/no-network', message: expect.stringContaining('the bytes differ from the published file') });
    expect(readdirSync(folderOf(cache))).toEqual([]);
  });

  const { 'test.bin': _, ...withoutTest } = FILES;
  test.each<[string, () => Promise<Buffer>, RegExp]>([
    ['without a file', () => archiveOf(withoutTest), /test\.bin is missing/],
    ['with a file of another size', () => archiveOf({ ...FILES, 'test.bin': records(2) }), /test\.bin has 6,148 bytes, not 9,222/],
    ['with its files elsewhere', () => archiveOf(FILES, 'other'), /is missing/],
    [
      'with a link in place of a file',
      () => archiveOf(withoutTest, undefined, (folder) => symlinkSync('train.bin', path.join(folder, 'test.bin'))),
      /test\.bin is missing/,
    ],
    ['with a list that takes megabytes', () => archiveOf({ ...FILES, 'fine_label_names.txt': Buffer.alloc(2e6) }), /take more than/],
    ['with thousands of other files', () => archiveOf(FILES, undefined, (folder) => fill(folder, 1001)), /more than 1,000 entries/],
    ['that is no archive', async () => Buffer.from('no archive at all'), /neither a zip nor a gzip/],
    ['that is cut', async () => (await archiveOf()).subarray(0, 20_000), /./],
  ])('%s: refused whole', async (_what, make, message) => {
    const [cache, archive] = [newFolder(), await make()];
    const { mirrors } = await serve(archive);
    const error = await refusal(get(cache, archive, mirrors));
    expect(error).toMatchObject({ code: 'data/bad-archive', message: expect.stringMatching(message) });
    expect(existsSync(target(cache))).toBe(false);
    expect(readdirSync(folderOf(cache)).filter((name) => name.startsWith('unpacking'))).toEqual([]);
  });

  test('other files in it are not written', async () => {
    const cache = newFolder();
    const archive = await archiveOf(FILES, undefined, (folder) => {
      writeFileSync(path.join(folder, 'more.txt'), 'more');
      mkdirSync(path.join(folder, 'sub'));
      writeFileSync(path.join(folder, 'sub', 'train.bin'), 'another');
    });
    await get(cache, archive, (await serve(archive)).mirrors);
    expectWhole(cache);
  });

  test('a name that leads out of the folder: refused whole, nothing is written there', async () => {
    const cache = newFolder();
    const archive = await archiveOf(FILES, undefined, (folder) => writeFileSync(path.join(folder, '../../stray.txt'), 'stray'), [
      '../stray.txt',
    ]);
    const error = await refusal(get(cache, archive, (await serve(archive)).mirrors));
    expect(error).toMatchObject({ code: 'data/bad-archive', message: expect.stringContaining('leads out of the folder') });
    expect(readdirSync(folderOf(cache))).toEqual(['cifar-100-binary.tar.gz']);
  });
});
