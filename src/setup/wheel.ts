/** TensorFlow's libraries, and CUDA's, from the Python package index. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { unpack, type Place } from './archive';
import { runCommand, type CommandOptions } from './command';
import { setupErrors } from './errors';
import { bytesBelow, sha256 } from './files';
import type { OnProgress } from './progress';
import type { Wheel, WheelSource } from './sources';

interface Context extends CommandOptions {
  /** Temporary folder: everything is written below it. */
  folder: string;
  progress: OnProgress;
}

/** The Python to fetch with; pip may still be missing from it. Throws setup/no-python. */
export async function findPython(options: CommandOptions): Promise<string> {
  for (const name of ['python3', 'python']) {
    const { status } = await runCommand([name, '-c', 'import sys; sys.exit(sys.version_info < (3, 6))'], options);
    if (status === 'ok') return name;
  }
  throw setupErrors.noPython();
}

/** A Python that has pip: the given one, else one in a virtual environment that it makes (distributions often part pip from Python). */
async function withPip(python: string, { folder, ...options }: Context): Promise<string> {
  const own = await runCommand([python, '-m', 'pip', '--version'], options);
  if (own.status === 'ok') return python;
  const venv = path.join(folder, 'venv');
  const made = await runCommand([python, '-m', 'venv', venv], options);
  if (made.status !== 'ok') throw setupErrors.noPip(python, own.lastLines);
  return path.join(venv, 'bin', 'python');
}

/** Room for the headers beside the libraries; they take some 4 MB. */
const HEADER_BYTES = 50e6;

/**
 * Downloads the wheels and unpacks their libraries to deps and the C headers to include, both below the folder; the wheels are gone
 * afterwards. Throws setup/no-python, setup/no-network, setup/pip-failed, setup/no-disk, setup/digest-mismatch, setup/bad-archive.
 */
export async function fetchWheel(source: WheelSource, python: string, context: Context): Promise<void> {
  const pip = await withPip(python, context);
  const [tensorflow] = source.wheels;
  for (const wheel of source.wheels) {
    const unpacked = await fetchOne(wheel, pip, source, context);
    const wanted = wheel === tensorflow ? 'deps/lib/libtensorflow_cc.so.2' : 'deps/nvidia/';
    if (!unpacked.some((name) => name.startsWith(wanted))) {
      throw setupErrors.badArchive(wheel.file, `it holds no ${wheel === tensorflow ? 'libtensorflow_cc.so.2' : 'libraries'}.`);
    }
  }
}

/** Returns what it unpacked. */
async function fetchOne(wheel: Wheel, pip: string, source: WheelSource, context: Context): Promise<string[]> {
  const { folder, progress, signal } = context;
  const archive = await download(wheel, pip, source, context);
  progress({ step: 'check', detail: wheel.file });
  const digest = await sha256(archive, signal);
  if (digest !== wheel.sha256) {
    await rm(archive, { force: true });
    throw setupErrors.digestMismatch(wheel.file, wheel.sha256, digest);
  }
  const unpacked = await unpack(archive, folder, placeInKernels, {
    signal,
    mostBytes: wheel.unpackedBytes + HEADER_BYTES,
    written: (done) => progress({ step: 'unpack', detail: nameOf(wheel), done, total: wheel.unpackedBytes }),
  });
  await rm(archive);
  return unpacked;
}

const nameOf = (wheel: Wheel) => `${wheel.package} ${wheel.version}`;

/**
 * Of TensorFlow's 12,000 files: the two libraries, what they load from beside them (libomp on arm64, found at ../tensorflow.libs), and
 * the headers that the C API pulls in. Of CUDA's: the libraries, where TensorFlow's (../nvidia/NAME/lib) and their own paths find them;
 * cuDNN looks for NVRTC in nvrtc.
 */
export const placeInKernels: Place = (entry) => {
  const library = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/.exec(entry);
  if (library) return `deps/lib/${library[1]}`;
  if (entry.startsWith('tensorflow.libs/')) return `deps/${entry}`;
  const ofCuda = /^nvidia\/(\w+)\/lib\/(lib[\w-]+\.so[.\d]*)$/.exec(entry);
  if (ofCuda) return `deps/nvidia/${ofCuda[1] === 'cuda_nvrtc' ? 'nvrtc' : ofCuda[1]}/lib/${ofCuda[2]}`;
  const header = /^tensorflow\/(include\/(?:tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|xla\/tsl\/c)\/.*\.h)$/.exec(entry);
  return header ? header[1]! : null;
};

async function download(wheel: Wheel, python: string, source: WheelSource, { folder, env, progress, signal }: Context): Promise<string> {
  const [target, temporary] = [path.join(folder, 'wheel'), path.join(folder, 'pip')];
  await mkdir(target, { recursive: true });
  await mkdir(temporary);
  const what = nameOf(wheel);
  const show = (done: number) => progress({ step: 'download', detail: what, done: Math.min(done, wheel.bytes), total: wheel.bytes });
  show(0);
  // pip tells its progress to terminals only, so the bytes that it has written are counted instead.
  const timer = setInterval(() => void bytesBelow(temporary).then(show), 300);
  const options = ['--no-deps', '--no-cache-dir', '--disable-pip-version-check', '--only-binary=:all:', '--progress-bar=off'];
  const patience = ['--timeout', '15', '--retries', '2'];
  const platforms = wheel.platforms.flatMap((platform) => ['--platform', platform]);
  const pin = `${wheel.package}==${wheel.version}`;
  try {
    const { status, lastLines } = await runCommand(
      [
        python,
        '-m',
        'pip',
        'download',
        ...options,
        ...patience,
        '--python-version',
        wheel.pythonVersion,
        ...platforms,
        '--dest',
        target,
        pin,
      ],
      { env: { ...env, TMPDIR: temporary, PIP_REQUIRE_VIRTUALENV: '0', PYTHONDONTWRITEBYTECODE: '1' }, signal },
    );
    if (status !== 'ok') throw pipError(what, lastLines, folder, source);
    return path.join(target, wheel.file);
  } finally {
    clearInterval(timer);
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

function pipError(what: string, lines: string, folder: string, source: WheelSource) {
  if (/no space left|disk quota/i.test(lines)) return setupErrors.noDisk(folder, diskBytes(source), null);
  const network = /^.*(?:connection|timed out|temporary failure|name or service|unreachable|proxy|certificate|getaddrinfo).*$/im.exec(
    lines,
  );
  return network ? setupErrors.noNetwork(what, network[0].trim()) : setupErrors.pipFailed(what, lines);
}

/** The most that is taken at once: of each wheel itself (twice: pip copies it from its own temporary folder), or it and what is in it, beside what came before. */
export function diskBytes({ wheels }: WheelSource): number {
  let [kept, most] = [0, 0];
  for (const { bytes, unpackedBytes } of wheels) {
    most = Math.max(most, kept + Math.max(2 * bytes, bytes + unpackedBytes));
    kept += unpackedBytes;
  }
  return most + 50e6;
}
