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
 */
import tfjsNode from '@tensorflow/tfjs-node/package.json';

export interface Machine {
  platform: string;
  arch: string;
  /** Of Linux; the prebuilt libraries need glibc. */
  libc: 'glibc' | 'musl' | null;
}

export interface WheelSource {
  kind: 'wheel';
  tensorflow: string;
  /** Name of the package, and the wheel's file name, tags and all. */
  package: string;
  file: string;
  pythonVersion: string;
  platforms: readonly string[];
  bytes: number;
  sha256: string;
  /** Size of the libraries once unpacked. */
  unpackedBytes: number;
}

export interface DownloadSource {
  kind: 'download';
  tensorflow: string;
  /** URLs of the two archives. */
  library: string;
  addon: string;
  /** Whether the addon may be compiled against the library where the prebuilt one is missing or does not load. */
  canCompile: boolean;
}

export type KernelSource = WheelSource | DownloadSource;

/** Which version each source brings. locate.ts looks for them in this order. */
export const WHEEL_TENSORFLOW = '2.18.0';
/** tfjs-node 4.22: scripts/deps-constants.js; on Apple silicon its own build, named in scripts/install.js. */
export const DOWNLOAD_TENSORFLOW = '2.9.1';
export const APPLE_SILICON_TENSORFLOW = '2.7';
export const TENSORFLOW_VERSIONS = [WHEEL_TENSORFLOW, DOWNLOAD_TENSORFLOW, APPLE_SILICON_TENSORFLOW] as const;

/** Names a kind of kernels: one folder in the cache. The version of TensorFlow is the source's. */
export const kernelId = (tensorflow: string, platform: string = process.platform, arch: string = process.arch) =>
  `tensorflow-${tensorflow}-${platform}-${arch}-napi8`;

const WHEELS: Readonly<Record<string, WheelSource>> = {
  x64: wheel('tensorflow-cpu', 'x86_64', 230_152_077, '089e71746960ea581dca53401f84b3b99c8537313e337a9e5dbf97036a936f7e', 682_426_048),
  arm64: wheel('tensorflow', 'aarch64', 231_839_918, '85f1e7369af6d329b117b52e86093cd1e0458dd5404bf5b665853f873dd00b48', 767_367_312),
};

function wheel(name: string, arch: string, bytes: number, sha256: string, unpackedBytes: number): WheelSource {
  const platforms = [`manylinux_2_17_${arch}`, `manylinux2014_${arch}`];
  return {
    kind: 'wheel',
    tensorflow: WHEEL_TENSORFLOW,
    package: name,
    // Any Python may fetch it: the libraries in it are the same for all, and nothing of it is run by Python.
    pythonVersion: '3.11',
    file: `${name.replace('-', '_')}-${WHEEL_TENSORFLOW}-cp311-cp311-${platforms.join('.')}.whl`,
    platforms,
    bytes,
    sha256,
    unpackedBytes,
  };
}

/** The sources for a machine, in the order to try; none where no prebuilt TensorFlow exists. `env`: tfjs-node's own overrides count. */
export function kernelSources(machine: Machine, env: NodeJS.ProcessEnv = {}): KernelSource[] {
  const { platform, arch, libc } = machine;
  if (platform === 'linux') {
    if (libc === 'musl') return [];
    const fromWheel = WHEELS[arch];
    // tfjs-node's addon for Linux is of x86-64 only.
    return [...(fromWheel ? [fromWheel] : []), ...(arch === 'x64' ? [download(platform, arch, env)] : [])];
  }
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
    tensorflow: appleSilicon ? APPLE_SILICON_TENSORFLOW : DOWNLOAD_TENSORFLOW,
    library: appleSilicon
      ? `${storage}tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz`
      : `${libraries}cpu-${system}-x86_64-${DOWNLOAD_TENSORFLOW}.${extension}`,
    addon: `${addons}napi-v8/${tfjsNode.version}/CPU-${system}-${tfjsNode.version}.${extension}`,
    canCompile: platform !== 'win32',
  };
}

const withSlash = (url: string) => (url.endsWith('/') ? url : `${url}/`);
