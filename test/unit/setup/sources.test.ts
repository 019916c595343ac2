import { describe, expect, test } from 'vitest';
import { diskBytes } from '../../../src/setup/wheel';
import { DEVICES, type Device } from '../../../src/shared/device';
import { kernelId, kernelSources, KERNELS, type DownloadSource, type Machine } from '../../../src/setup/sources';

const machine = (platform: string, arch: string, libc: Machine['libc'] = platform === 'linux' ? 'glibc' : null): Machine => ({
  platform,
  arch,
  libc,
});
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const kinds = (m: Machine) => kernelSources(m).map((source) => `${source.kind} ${source.tensorflow}`);
const download = (m: Machine, env: NodeJS.ProcessEnv = {}) =>
  kernelSources(m, env).find((source): source is DownloadSource => source.kind === 'download')!;

describe('which sources a machine has, best first', () => {
  test.each([
    [machine('linux', 'x64'), ['wheel 2.18.0', 'download 2.9.1']],
    [machine('linux', 'arm64'), ['wheel 2.18.0']],
    [machine('linux', 'x64', 'musl'), []],
    [machine('linux', 'ia32'), []],
    [machine('darwin', 'x64'), ['download 2.9.1']],
    [machine('darwin', 'arm64'), ['download 2.7']],
    [machine('win32', 'x64'), ['download 2.9.1']],
    [machine('win32', 'arm64'), []],
    [machine('freebsd', 'x64'), []],
  ])('%o', (m, expected) => {
    expect(kinds(m)).toEqual(expected);
  });

  test('for graphics cards on Linux with an x64 processor only', () => {
    const gpu = (m: Machine) => kernelSources(m, {}, 'gpu').map(({ kind, device }) => `${kind} ${device}`);
    expect(gpu(machine('linux', 'x64'))).toEqual(['wheel gpu']);
    for (const m of [machine('linux', 'arm64'), machine('linux', 'x64', 'musl'), machine('darwin', 'arm64'), machine('win32', 'x64')]) {
      expect(gpu(m)).toEqual([]);
    }
  });

  test('a wheel is pinned: name, tags and digest; each version can be located', () => {
    for (const arch of ['x64', 'arm64']) {
      for (const device of DEVICES) {
        const [source] = kernelSources(machine('linux', arch), {}, device);
        if (!source && device === 'gpu' && arch === 'arm64') continue;
        if (source?.kind !== 'wheel') throw new Error('expected a wheel');
        for (const { sha256, platforms, file, version } of source.wheels) {
          expect(sha256).toMatch(/^[0-9a-f]{64}$/);
          for (const platform of platforms) expect(file).toContain(platform);
          expect(file).toContain(`-${version}-`);
        }
        expect(source.wheels[0].unpackedBytes).toBeGreaterThan(source.wheels[0].bytes);
        expect(diskBytes(source)).toBeGreaterThan(sum(source.wheels.map(({ unpackedBytes }) => unpackedBytes)));
      }
    }
    const all = ['linux', 'darwin', 'win32'].flatMap((platform) =>
      ['x64', 'arm64'].flatMap((arch) => kernelSources(machine(platform, arch))),
    );
    for (const { tensorflow, device } of all) expect(KERNELS).toContainEqual({ tensorflow, device });
    const id = (device: Device) => kernelId({ tensorflow: '2.18.0', device }, 'linux', 'x64');
    expect(DEVICES.map(id)).toEqual(['tensorflow-2.18.0-linux-x64-napi8', 'tensorflow-2.18.0-cuda-linux-x64-napi8']);
  });
});

describe('URLs, as tfjs-node builds them', () => {
  test.each([
    ['linux', 'x64', 'tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz', 'CPU-linux-4.22.0.tar.gz'],
    ['darwin', 'x64', 'tensorflow/libtensorflow/libtensorflow-cpu-darwin-x86_64-2.9.1.tar.gz', 'CPU-darwin-4.22.0.tar.gz'],
    ['darwin', 'arm64', 'tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz', 'CPU-darwin-4.22.0.tar.gz'],
    ['win32', 'x64', 'tensorflow/libtensorflow/libtensorflow-cpu-windows-x86_64-2.9.1.zip', 'CPU-windows-4.22.0.zip'],
  ])('%s-%s', (platform, arch, library, addon) => {
    const { host } = new URL(download(machine(platform, arch)).library);
    expect(download(machine(platform, arch))).toMatchObject({
      library: `https://${host}/${library}`,
      addon: `https://${host}/tf-builds/pre-built-binary/napi-v8/4.22.0/${addon}`,
      canCompile: platform !== 'win32',
    });
    // Overrides of its install script, a trailing slash or not.
    for (const base of ['https://mirror.example/x/', 'https://mirror.example/x']) {
      expect(download(machine(platform, arch), { TFJS_NODE_CDN_STORAGE: base })).toMatchObject({
        library: `https://mirror.example/x/${library}`,
        addon: `https://mirror.example/x/tf-builds/pre-built-binary/napi-v8/4.22.0/${addon}`,
      });
    }
  });

  test('the other overrides', () => {
    const linux = machine('linux', 'x64');
    const plain = download(linux);
    expect(download(linux, { TFJS_NODE_BASE_URI: 'https://m.example/lib-' })).toEqual({
      ...plain,
      library: 'https://m.example/lib-cpu-linux-x86_64-2.9.1.tar.gz',
    });
    expect(download(linux, { npm_config_tfjs_binding_binary_host_mirror: 'https://m.example' })).toEqual({
      ...plain,
      addon: 'https://m.example/napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz',
    });
    expect(download(linux, { CDN_STORAGE: 'https://m.example' })).toEqual(
      download(linux, { npm_config_TFJS_NODE_CDN_STORAGE: 'https://m.example/' }),
    );
  });
});
