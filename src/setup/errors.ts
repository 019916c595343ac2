import { messageOf, PruneError } from '../shared/errors';

const OTHER_MACHINE =
  'Or copy a kernel folder from a machine of the same kind and name it in PRUNE_LAB_KERNELS (`prune-lab doctor` shows where it lies there).';

export const setupErrors = {
  noPython: () =>
    new PruneError(
      'setup/no-python',
      'Fetching TensorFlow needs Python with pip, and no `python3` or `python` can be run.',
      `Install it (Debian, Ubuntu: \`apt install python3 python3-pip\`; Fedora: \`dnf install python3-pip\`) and run set-up again. ${OTHER_MACHINE}`,
    ),

  noPip: (python: string, lines: string) =>
    new PruneError(
      'setup/no-python',
      `Fetching TensorFlow needs pip, and \`${python}\` has neither pip nor a venv that brings it.${quoted(lines)}`,
      `Install it (Debian, Ubuntu: \`apt install python3-pip\`; Fedora: \`dnf install python3-pip\`) and run set-up again. ${OTHER_MACHINE}`,
    ),

  noCompiler: (tried: readonly string[]) =>
    new PruneError(
      'setup/no-compiler',
      `Building the native addon needs a C++17 compiler, and none of ${tried.map((name) => `\`${name}\``).join(', ')} can be run.`,
      `Install one (Debian, Ubuntu: \`apt install g++\`; Fedora: \`dnf install gcc-c++\`; macOS: \`xcode-select --install\`), or name yours in CXX, and run set-up again. ${OTHER_MACHINE}`,
    ),

  noNetwork: (what: string, detail: string) =>
    new PruneError(
      'setup/no-network',
      `${what} cannot be fetched: ${detail}`,
      `Check the connection. Behind a proxy, set HTTPS_PROXY; where a mirror serves Python packages, PIP_INDEX_URL; a mirror of tfjs-node's files, TFJS_NODE_CDN_STORAGE. Then run set-up again. ${OTHER_MACHINE}`,
    ),

  pipFailed: (what: string, lines: string) =>
    new PruneError(
      'setup/pip-failed',
      `pip could not fetch ${what}.${quoted(lines)}`,
      'Settle what pip says (a mirror without this version? set PIP_INDEX_URL to one that has it; an old pip? update it) and run set-up again.',
    ),

  noDisk: (folder: string, needed: number, free: number | null) =>
    new PruneError(
      'setup/no-disk',
      `There is too little room on the disk: set-up needs ${gigabytes(needed)}${free === null ? '' : `, ${gigabytes(free)} are free`}.`,
      'Free some, or set PRUNE_LAB_CACHE to a folder on a larger disk, and run set-up again.',
      folder,
    ),

  cannotWrite: (folder: string, cause: unknown) =>
    new PruneError(
      'setup/cannot-write',
      `The folder for the native kernels cannot be written: ${messageOf(cause)}`,
      'Make it writable, end the programs that use the kernels, or set PRUNE_LAB_CACHE to another folder.',
      folder,
      { cause },
    ),

  digestMismatch: (file: string, expected: string, got: string) =>
    new PruneError(
      'setup/digest-mismatch',
      `What was downloaded is not the file that was expected: its SHA-256 is ${got}, not ${expected}. It was deleted.`,
      'Run set-up again. If it stays so, whatever serves the file (a mirror, a proxy) changes it: ask who runs it.',
      file,
    ),

  badArchive: (file: string, detail: string) =>
    new PruneError(
      'setup/bad-archive',
      `The archive cannot be unpacked: ${detail}`,
      'Run set-up again; the download may have been damaged on its way.',
      file,
    ),

  unsupportedPlatform: (platform: string, arch: string, libc: string | null) =>
    new PruneError(
      'setup/unsupported-platform',
      `There are no native TensorFlow kernels for ${platform}-${arch}${libc === 'musl' ? ' with musl' : ''}.`,
      `Use Linux with glibc (x64, arm64), macOS (x64, arm64) or Windows (x64); on Alpine, a container with glibc. Or build a kernel folder yourself and name it in PRUNE_LAB_KERNELS.`,
    ),

  noGpuKernels: (platform: string, arch: string) =>
    new PruneError(
      'setup/no-gpu-kernels',
      `There are no native kernels for graphics cards on ${platform}-${arch}.`,
      'They are set up on Linux (x64) with an NVIDIA card. Elsewhere set `engine.device` to `cpu`; or build a kernel folder yourself and name it in PRUNE_LAB_KERNELS.',
    ),

  noAddonSources: (folder: string) =>
    new PruneError(
      'setup/no-addon-sources',
      'The sources of the native addon are missing from this installation.',
      'Build again with `npm run build`, or reinstall the extension.',
      folder,
    ),

  compileFailed: (compiler: string, lines: string) =>
    new PruneError(
      'setup/compile-failed',
      `\`${compiler}\` could not compile the native addon.${quoted(lines)}`,
      'The addon needs C++17 (g++ 8, clang 7 or newer) with its standard library. Install one, or name it in CXX, and run set-up again.',
    ),

  loadFailed: (file: string, detail: string) =>
    new PruneError(
      'setup/load-failed',
      `The native addon does not load: ${detail}`,
      'TensorFlow needs a 64-bit processor with AVX, and a libstdc++ as new as the compiler that built the addon. ' + OTHER_MACHINE,
      file,
    ),

  badOverride: (folder: string) =>
    new PruneError(
      'setup/bad-override',
      'The folder named in PRUNE_LAB_KERNELS has no native addon.',
      'Point it to a folder that holds lib/napi-v8/tfjs_binding.node and deps/lib, or unset it.',
      folder,
    ),

  /** The first source's error leads: it is the preferred one, and its remedy the one to follow. */
  allFailed: (first: PruneError, rest: readonly PruneError[]) =>
    rest.length === 0
      ? first
      : new PruneError(
          first.code,
          `${first.message}\nTried after that: ${rest.map((error) => `${error.code}: ${error.message}`).join('\n')}`,
          first.remedy,
          first.where,
          { cause: first },
        ),
};

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

function quoted(lines: string): string {
  return lines ? ` Its last lines were:\n${lines.replace(/^/gm, '    ')}` : '';
}
