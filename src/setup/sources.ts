/**
 * Where native kernels can come from on a machine, best first.
 *
 * The cache comes before all of these (locate.ts): it costs nothing. Then:
 *
 * 1. The wheel of TensorFlow from the Python package index, and the addon compiled against it from the sources that tfjs-node ships.
 *    First on Linux, because its digest is pinned here, it is the version that this project is tested and measured with, and package
 *    indexes (or mirrors of them) are reachable from clusters that reach little else. It needs Python's pip and a C++ compiler.
 * 2. What tfjs-node's own install script downloads: libtensorflow and a prebuilt addon from its storage host. It needs no tools, so it
 *    is what Linux falls back to and what macOS and Windows use (their wheels lack a library to link with). Its digests are not
 *    published: trust rests on TLS, and the digests of what came are recorded in kernels.json. Many machines cannot reach that host,
 *    so a short probe comes first.
 *
 * For graphics cards there is one source, on Linux: the wheel with CUDA, and the wheels of CUDA's libraries that this version opens.
 */
import tfjsNode from '@tensorflow/tfjs-node/package.json';
import type { Device } from '../shared/device';

export interface Machine {
  platform: string;
  arch: string;
  /** Of Linux; the prebuilt libraries need glibc. */
  libc: 'glibc' | 'musl' | null;
}

export interface Wheel {
  /** Name of the package, its version, and the wheel's file name, tags and all. */
  package: string;
  version: string;
  file: string;
  pythonVersion: string;
  platforms: readonly string[];
  bytes: number;
  sha256: string;
  /** Size of the libraries once unpacked. */
  unpackedBytes: number;
}

export interface WheelSource {
  kind: 'wheel';
  device: Device;
  tensorflow: string;
  /** TensorFlow's first. */
  wheels: readonly [Wheel, ...Wheel[]];
}

export interface DownloadSource {
  kind: 'download';
  device: 'cpu';
  tensorflow: string;
  /** URLs of the two archives. */
  library: string;
  addon: string;
  /** Whether the addon may be compiled against the library where the prebuilt one is missing or does not load. */
  canCompile: boolean;
}

export type KernelSource = WheelSource | DownloadSource;

/** Which version each source brings. */
export const WHEEL_TENSORFLOW = '2.18.0';
/** tfjs-node 4.22: scripts/deps-constants.js; on Apple silicon its own build, named in scripts/install.js. */
export const DOWNLOAD_TENSORFLOW = '2.9.1';
export const APPLE_SILICON_TENSORFLOW = '2.7';
/** What there can be, in the order in which locate.ts looks: kernels for graphics cards compute on the processor as well. */
export const KERNELS: readonly Pick<KernelSource, 'tensorflow' | 'device'>[] = [
  { tensorflow: WHEEL_TENSORFLOW, device: 'cpu' },
  { tensorflow: DOWNLOAD_TENSORFLOW, device: 'cpu' },
  { tensorflow: APPLE_SILICON_TENSORFLOW, device: 'cpu' },
  { tensorflow: WHEEL_TENSORFLOW, device: 'gpu' },
];

/** Names a kind of kernels: one folder in the cache. */
export const kernelId = (
  { tensorflow, device }: Pick<KernelSource, 'tensorflow' | 'device'>,
  platform: string = process.platform,
  arch: string = process.arch,
) => `tensorflow-${tensorflow}${device === 'gpu' ? '-cuda' : ''}-${platform}-${arch}-napi8`;

/** Any may fetch them: the libraries in them are the same for all, and nothing of them is run by Python. */
const ANY_PYTHON = { pythonVersion: '3.11' };

const WHEELS: Readonly<Record<Device, Readonly<Record<string, WheelSource>>>> = {
  cpu: {
    x64: fromWheels('cpu', [
      tensorflow('tensorflow-cpu', 'x86_64', 230_152_077, '089e71746960ea581dca53401f84b3b99c8537313e337a9e5dbf97036a936f7e', 682_426_048),
    ]),
    arm64: fromWheels('cpu', [
      tensorflow('tensorflow', 'aarch64', 231_839_918, '85f1e7369af6d329b117b52e86093cd1e0458dd5404bf5b665853f873dd00b48', 767_367_312),
    ]),
  },
  gpu: {
    // The versions that TensorFlow 2.18 names for its `and-cuda`; of those the ones that it opens (or they open), not the compiler, the
    // profiler, random numbers and several cards.
    x64: fromWheels('gpu', [
      tensorflow('tensorflow', 'x86_64', 615_407_268, '70b8dd70fa3600bfce66ab529eebb804e1f9d7c863d2f71bc8fe9fc7a1ec3976', 1_251_614_808),
      cuda('cuda-runtime', '12.5.82', 895_707, '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115', 712_032),
      cuda('cublas', '12.5.3.2', 363_313_169, 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b', 551_706_504),
      cuda('cudnn', '9.3.0.75', 577_163_502, '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d', 885_338_960),
      cuda('cuda-nvrtc', '12.5.82', 24_873_108, '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd', 68_243_664),
      cuda('cufft', '11.2.3.61', 192_524_114, '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8', 278_929_256),
      cuda('cusolver', '11.6.3.83', 130_341_232, '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b', 218_141_696),
      cuda('cusparse', '12.5.1.3', 217_558_979, '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752', 295_715_544),
      cuda('nvjitlink', '12.5.82', 21_298_879, 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212', 54_560_656),
    ]),
  },
};

function fromWheels(device: Device, wheels: WheelSource['wheels']): WheelSource {
  return { kind: 'wheel', device, tensorflow: WHEEL_TENSORFLOW, wheels };
}

function tensorflow(name: string, arch: string, bytes: number, sha256: string, unpackedBytes: number): Wheel {
  const platforms = [`manylinux_2_17_${arch}`, `manylinux2014_${arch}`];
  const file = `${name.replace('-', '_')}-${WHEEL_TENSORFLOW}-cp311-cp311-${platforms.join('.')}.whl`;
  return { ...ANY_PYTHON, package: name, version: WHEEL_TENSORFLOW, file, platforms, bytes, sha256, unpackedBytes };
}

function cuda(library: string, version: string, bytes: number, sha256: string, unpackedBytes: number): Wheel {
  const name = `nvidia-${library}-cu12`;
  const platforms = ['manylinux2014_x86_64'];
  const file = `${name.replaceAll('-', '_')}-${version}-py3-none-${platforms.join('.')}.whl`;
  return { ...ANY_PYTHON, package: name, version, file, platforms, bytes, sha256, unpackedBytes };
}

/**
 * The sources for a machine, in the order to try; none where no prebuilt TensorFlow exists. `env`: tfjs-node's own overrides count.
 */
export function kernelSources(machine: Machine, env: NodeJS.ProcessEnv = {}, device: Device = 'cpu'): KernelSource[] {
  const { platform, arch, libc } = machine;
  if (platform === 'linux') {
    if (libc === 'musl') return [];
    const fromWheel = WHEELS[device][arch];
    if (device === 'gpu') return fromWheel ? [fromWheel] : [];
    // tfjs-node's addon for Linux is of x86-64 only.
    return [...(fromWheel ? [fromWheel] : []), ...(arch === 'x64' ? [download(platform, arch, env)] : [])];
  }
  if (device === 'gpu') return [];
  if (platform === 'darwin' && (arch === 'x64' || arch === 'arm64')) return [download(platform, arch, env)];
  if (platform === 'win32' && arch === 'x64') return [download(platform, arch, env)];
  return [];
}

/** URLs as tfjs-node's scripts/install.js and its node-pre-gyp build them, with the same overrides. */
function download(platform: 'linux' | 'darwin' | 'win32', arch: 'x64' | 'arm64', env: NodeJS.ProcessEnv): DownloadSource {
  const mirror = env['TFJS_NODE_CDN_STORAGE'] || env['npm_config_TFJS_NODE_CDN_STORAGE'] || env['CDN_STORAGE'];
  const storage = withSlash(mirror || new URL(tfjsNode.binary.host).origin);
  const libraries =
    env['TFJS_NODE_BASE_URI'] || env['npm_config_TFJS_NODE_BASE_URI'] || `${storage}tensorflow/libtensorflow/libtensorflow-`;
  const addonMirror = env['npm_config_tfjs_binding_binary_host_mirror'];
  const addons = withSlash(addonMirror || (mirror ? `${storage}tf-builds/pre-built-binary` : tfjsNode.binary.host));
  const system = platform === 'win32' ? 'windows' : platform;
  const extension = platform === 'win32' ? 'zip' : 'tar.gz';
  const appleSilicon = platform === 'darwin' && arch === 'arm64';
  return {
    kind: 'download',
    device: 'cpu',
    tensorflow: appleSilicon ? APPLE_SILICON_TENSORFLOW : DOWNLOAD_TENSORFLOW,
    library: appleSilicon
      ? `${storage}tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz`
      : `${libraries}cpu-${system}-x86_64-${DOWNLOAD_TENSORFLOW}.${extension}`,
    addon: `${addons}napi-v8/${tfjsNode.version}/CPU-${system}-${tfjsNode.version}.${extension}`,
    canCompile: platform !== 'win32',
  };
}

const withSlash = (url: string) => (url.endsWith('/') ? url : `${url}/`);
