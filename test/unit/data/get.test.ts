/** Fetching from servers that behave well, badly and not at all: real HTTP on this machine, files of our own and their digests. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadDataset } from '../../../src/engine/data/load';
import { getDataset, listDatasets, type GetOptions } from '../../../src/engine/data/get';
import { namesOf, PARTS, type Part } from '../../../src/engine/data/locate';
import { stream } from '../../../src/engine/random';
import { imageFile, labelFile, md5, newFolder, refusal, sha256, smallSet, type Files } from './fixtures';

/** The published names, and as them a set whose training images, of noise, do not fit into one piece of a transfer. */
const nameOf = (part: Part) => namesOf(part)[1]!;
const IMAGES = nameOf('train-images');
let unpacked: Files;
let published: Map<string, Buffer>;
let digests: Record<Part, string>;
beforeAll(() => {
  const noise = stream(0, 'noise');
  const pixels = Uint8Array.from({ length: 1000 * 784 }, () => noise.int(256));
  const labels = new Uint8Array(1000);
  unpacked = { ...smallSet(), 'train-images': imageFile(pixels), 'train-labels': labelFile(labels) };
  published = new Map(PARTS.map((part) => [nameOf(part), gzipSync(unpacked[part])]));
  digests = Object.fromEntries(PARTS.map((part) => [part, md5(published.get(nameOf(part))!)])) as Record<Part, string>;
});

interface Mirror {
  url: string;
  host: string;
  /** What was asked of it: a file's name and the Range header. */
  asked: { file: string; range: string | undefined }[];
}

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function mirror(answer: (file: string, range: string | undefined, response: ServerResponse) => void): Promise<Mirror> {
  const asked: Mirror['asked'] = [];
  const listener: RequestListener = (request, response) => {
    const [file, range] = [path.basename(request.url!), request.headers.range];
    asked.push({ file, range });
    answer(file, range, response);
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}/data/`, host, asked };
}

/** A server of static files: whole, or from the byte that a range names. */
function serve(file: string, range: string | undefined, response: ServerResponse): void {
  const bytes = published.get(file)!;
  const from = range ? Number(/^bytes=(\d+)-$/.exec(range)![1]) : 0;
  if (from >= bytes.length) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
  const headers = { 'content-length': bytes.length - from };
  if (range) response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
  else response.writeHead(200, headers);
  response.end(bytes.subarray(from));
}
const good = () => mirror(serve);
/** Sends half of the training images and keeps the line open. */
const halting = () =>
  mirror((file, range, response) => {
    if (file !== IMAGES || range !== undefined) return serve(file, range, response);
    const bytes = published.get(file)!;
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, bytes.length / 2));
  });
const failing = (status: number) => mirror((_file, _range, response) => void response.writeHead(status).end('sorry'));

const folderOf = (cache: string) => path.join(cache, 'data', 'mnist');
const partial = (cache: string) => path.join(folderOf(cache), `${IMAGES}.part`);
const get = (cache: string, mirrors: readonly Mirror[], options: GetOptions = {}) =>
  getDataset('mnist', { env: { PRUNE_LAB_CACHE: cache }, mirrors: mirrors.map(({ url }) => url), md5: digests, ...options });

/** All four files are there with the right bytes, and nothing else. */
function expectWhole(cache: string): void {
  expect(readdirSync(folderOf(cache)).sort()).toEqual([...published.keys()].sort());
  for (const [name, bytes] of published) expect(md5(readFileSync(path.join(folderOf(cache), name)))).toBe(md5(bytes));
}

/** Fetches until half of the training images is there, then does `then`; what became of the fetching is returned. */
async function stopHalfway(cache: string, mirrors: readonly Mirror[], then: () => void, options: GetOptions = {}): Promise<unknown> {
  const half = Math.floor(published.get(IMAGES)!.length / 2);
  let stopped = false;
  const progress: GetOptions['progress'] = (file, done) => {
    if (stopped || file !== IMAGES || done < half) return;
    stopped = true;
    then();
  };
  const result = await get(cache, mirrors, { ...options, progress }).catch((error: unknown) => error);
  expect(stopped).toBe(true);
  return result;
}

describe('a set', () => {
  test('is fetched once, reported as it comes, and then found', async () => {
    const [cache, server] = [newFolder(), await good()];
    const env = { PRUNE_LAB_CACHE: cache };
    expect((await listDatasets(env)).map(({ found }) => found)).toEqual([null, null, null, null, 'built in']);
    const steps: { file: string; done: number; total: number | null }[] = [];
    const folder = await get(cache, [server], { progress: (file, done, total) => steps.push({ file, done, total }) });
    expect(folder).toBe(folderOf(cache));
    expectWhole(cache);
    expect(server.asked).toEqual(PARTS.map((part) => ({ file: nameOf(part), range: undefined })));
    for (const [name, { length }] of published) {
      const done = steps.filter(({ file }) => file === name).map((step) => step.done);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(done.at(-1)).toBe(length);
      expect(steps.filter(({ file }) => file === name).every(({ total }) => total === length)).toBe(true);
    }

    expect(await get(cache, [server])).toBe(folder);
    expect(server.asked).toHaveLength(4);

    expect(await listDatasets(env)).toEqual([
      { name: 'mnist', found: folder },
      { name: 'fashion-mnist', found: null },
      { name: 'cifar-10', found: null },
      { name: 'cifar-100', found: null },
      { name: 'digits', found: 'built in' },
    ]);
    const set = await loadDataset({ name: 'mnist', train: 900, validation: 100, test: 5 }, { experimentDir: null, env });
    expect(set.digests).toEqual(Object.fromEntries(PARTS.map((part) => [part, sha256(unpacked[part])])));
  });

  test('of which a file is damaged or missing: only this is fetched anew', async () => {
    const [cache, server] = [newFolder(), await good()];
    await get(cache, [server]);
    writeFileSync(path.join(folderOf(cache), nameOf('t10k-labels')), 'damaged');
    await get(cache, [server]);
    expect(server.asked.slice(4)).toEqual([{ file: nameOf('t10k-labels'), range: undefined }]);
    expectWhole(cache);
  });

  test('whose digests are not given is checked against the published ones', async () => {
    const [cache, server] = [newFolder(), await good()];
    const error = await refusal(getDataset('mnist', { env: { PRUNE_LAB_CACHE: cache }, mirrors: [server.url] }));
    expect(error).toMatchObject({ code: 'data/no-network', message: expect.stringContaining('the bytes differ from the published file') });
    expect(readdirSync(folderOf(cache))).toEqual([]);
  });
});

describe('a cut connection', () => {
  test('is gone on with by a later call, from the byte where it was cut', async () => {
    const [cache, server] = [newFolder(), await halting()];
    const error = await stopHalfway(cache, [server], () => closing.splice(0).forEach((close) => close()));
    const half = Math.floor(published.get(IMAGES)!.length / 2);
    expect(error).toMatchObject({ code: 'data/no-network', message: expect.stringContaining(server.host) });
    expect(readdirSync(folderOf(cache))).toEqual([`${IMAGES}.part`]);
    expect(readFileSync(partial(cache)).equals(published.get(IMAGES)!.subarray(0, half))).toBe(true);

    const again = await good();
    const progress: number[] = [];
    await get(cache, [again], { progress: (file, done, total) => file === IMAGES && progress.push(done, total!) });
    expect(again.asked[0]).toEqual({ file: IMAGES, range: `bytes=${half}-` });
    expect(again.asked.slice(1).map(({ range }) => range)).toEqual([undefined, undefined, undefined]);
    // What was there counts as done.
    expect(Math.min(...progress)).toBeGreaterThan(half);
    expect(Math.max(...progress)).toBe(published.get(IMAGES)!.length);
    expectWhole(cache);
  });

  test('is gone on with by the next mirror', async () => {
    const [cache, first, second] = [newFolder(), await halting(), await good()];
    const [cut] = closing;
    expect(await stopHalfway(cache, [first, second], cut!)).toBe(folderOf(cache));
    expect(first.asked[0]).toEqual({ file: IMAGES, range: undefined });
    expect(second.asked[0]).toEqual({ file: IMAGES, range: `bytes=${Math.floor(published.get(IMAGES)!.length / 2)}-` });
    expectWhole(cache);
  });

  test('to a server that knows no ranges: begins again', async () => {
    const [cache, server] = [newFolder(), await mirror((file, _range, response) => serve(file, undefined, response))];
    mkdirSync(folderOf(cache), { recursive: true });
    // Not what the server has, so that bytes put behind it would be wrong.
    writeFileSync(partial(cache), Buffer.alloc(1000, 1));
    await get(cache, [server]);
    expect(server.asked[0]).toEqual({ file: IMAGES, range: 'bytes=1000-' });
    expectWhole(cache);
  });

  test('after the last byte: what is there is taken as it is', async () => {
    const [cache, server] = [newFolder(), await good()];
    mkdirSync(folderOf(cache), { recursive: true });
    writeFileSync(partial(cache), published.get(IMAGES)!);
    await get(cache, [server]);
    expect(server.asked.map(({ file }) => file)).not.toContain(IMAGES);
    expectWhole(cache);
  });

  test('that left more than the file has: begins again', async () => {
    const [cache, server] = [newFolder(), await good()];
    mkdirSync(folderOf(cache), { recursive: true });
    writeFileSync(partial(cache), Buffer.concat([published.get(IMAGES)!, Buffer.from('more')]));
    await get(cache, [server]);
    expect(server.asked.slice(0, 2)).toEqual([
      { file: IMAGES, range: `bytes=${published.get(IMAGES)!.length + 4}-` },
      { file: IMAGES, range: undefined },
    ]);
    expectWhole(cache);
  });
});

describe('a mirror that fails', () => {
  const wrong = () =>
    mirror((file, range, response) => {
      if (file !== IMAGES) return serve(file, range, response);
      const bytes = Buffer.from(published.get(file)!);
      bytes[1000]! ^= 1;
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });

  test('with other bytes: they are refused, and nothing of them is left', async () => {
    const [cache, server] = [newFolder(), await wrong()];
    const error = await refusal(get(cache, [server]));
    expect(error.code).toBe('data/no-network');
    expect(error.message).toContain(`${IMAGES} of mnist`);
    expect(error.message).toContain(`${server.host}: the bytes differ from the published file`);
    expect(readdirSync(folderOf(cache))).toEqual([]);
  });

  test('with other bytes: the next gives the file whole', async () => {
    const [cache, first, second] = [newFolder(), await wrong(), await good()];
    await get(cache, [first, second]);
    expect(second.asked).toEqual([{ file: IMAGES, range: undefined }]);
    expectWhole(cache);
  });

  test.each([404, 403, 500, 503])('with HTTP %d: the next is asked', async (status) => {
    const [cache, first, second] = [newFolder(), await failing(status), await good()];
    await get(cache, [first, second]);
    expect(first.asked.map(({ file }) => file)).toEqual(PARTS.map(nameOf));
    expect(second.asked.map(({ file }) => file)).toEqual(PARTS.map(nameOf));
    expectWhole(cache);
  });

  test('by saying nothing, before or amid the file: the next goes on', async () => {
    const silent = await mirror((file, range, response) => (file === IMAGES ? undefined : serve(file, range, response)));
    const [halted, last] = [await halting(), await good()];
    const cache = newFolder();
    await get(cache, [silent, halted, last], { timeoutMs: 1000 });
    const [first] = last.asked.filter(({ file }) => file === IMAGES);
    expect(first?.range).toBe(`bytes=${Math.floor(published.get(IMAGES)!.length / 2)}-`);
    expectWhole(cache);
  });

  test('and all others too: one error names each with its reason, and what to do', async () => {
    const gone = await good();
    closing.splice(0).forEach((close) => close());
    const mirrors = [await failing(404), await failing(503), await mirror(() => undefined), gone];
    const cache = newFolder();
    const error = await refusal(get(cache, mirrors, { timeoutMs: 1000 }));
    expect(error.code).toBe('data/no-network');
    expect(error.message).toContain(`${IMAGES} of mnist could not be fetched`);
    expect(error.message).toContain(`${mirrors[0]!.host}: HTTP 404`);
    expect(error.message).toContain(`${mirrors[1]!.host}: HTTP 503`);
    expect(error.message).toContain(`${mirrors[2]!.host}: no answer`);
    expect(error.message).toMatch(new RegExp(`${gone.host}: .*ECONNREFUSED`));
    expect(error.remedy).toContain('goes on where it stopped');
    expect(error.remedy).toContain('data.path');
    expect(readdirSync(folderOf(cache))).toEqual([]);
  });
});

describe('an abort', () => {
  test('amid a file stops, asks no other mirror, and leaves a part that a later call goes on with', async () => {
    const [cache, server, other] = [newFolder(), await halting(), await good()];
    const abort = new AbortController();
    const error = await stopHalfway(cache, [server, other], () => abort.abort(), { signal: abort.signal });
    expect(error).toBe(abort.signal.reason);
    expect(other.asked).toEqual([]);
    expect(readdirSync(folderOf(cache))).toEqual([`${IMAGES}.part`]);

    await get(cache, [other]);
    expect(other.asked[0]).toEqual({ file: IMAGES, range: `bytes=${Math.floor(published.get(IMAGES)!.length / 2)}-` });
    expectWhole(cache);
  });

  test('before the start asks nobody', async () => {
    const [cache, server] = [newFolder(), await good()];
    const signal = AbortSignal.abort();
    expect(await get(cache, [server], { signal }).catch((error: unknown) => error)).toBe(signal.reason);
    expect(server.asked).toEqual([]);
    expect(existsSync(partial(cache))).toBe(false);
  });
});

test('a cache folder that cannot be made is named, and no mirror is asked', async () => {
  const [folder, server] = [newFolder(), await good()];
  const file = path.join(folder, 'a file, not a folder');
  writeFileSync(file, '');
  const error = await refusal(get(file, [server]));
  expect(error.code).toBe('data/cannot-write');
  expect(error.where).toContain(file);
  expect(server.asked).toEqual([]);
});
