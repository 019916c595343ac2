/** Provides the native kernels: from the cache, else from the first source that works on this machine. */
import { readdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Device } from '../shared/device';
import { messageOf, PruneError } from '../shared/errors';
import { runCommand } from './command';
import { compileAddon, findCompiler, type Compiler } from './compile';
import { DOWNLOAD_DISK_BYTES, fetchAddon, fetchLibrary, probe } from './download';
import { setupErrors } from './errors';
import { describeFiles } from './files';
import { ADDON, locateIn, locateKernels, MANIFEST, type KernelManifest, type LocatedKernels } from './locate';
import { thisMachine } from './machine';
import { kernelsFolder } from './paths';
import type { OnProgress } from './progress';
import { kernelId, kernelSources, type DownloadSource, type KernelSource, type WheelSource } from './sources';
import { diskBytes, fetchWheel, findPython } from './wheel';
import { openWorkspace } from './workspace';

export interface ProvideOptions {
  progress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
  /** Provide them anew although they are there. */
  force?: boolean | undefined;
  /** What they shall compute on; default: the processor. */
  device?: Device | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  /** Default: those of this machine. */
  sources?: readonly KernelSource[] | undefined;
  /** Folder with the addon's sources; default: native/ beside the program that this is bundled into. */
  nativeSources?: string | undefined;
}

interface Context {
  folder: string;
  env: NodeJS.ProcessEnv;
  nativeSources: string;
  progress: OnProgress;
  signal: AbortSignal | undefined;
}

/** After these, another source would hide what is wrong, or fail the same way. */
const FINAL = new Set(['setup/no-disk', 'setup/cannot-write', 'setup/digest-mismatch', 'setup/no-addon-sources']);

/**
 * Returns where the kernels are, providing them first where they are not. Several processes may call it at once; an interrupted call
 * leaves nothing that would be used. Throws the setup/ errors of errors.ts, or the signal's reason when it is aborted.
 */
export async function provideKernels(options: ProvideOptions = {}): Promise<LocatedKernels> {
  const { progress = () => undefined, signal, force = false, device = 'cpu', env = process.env } = options;
  const located = locateKernels(env, device);
  if (env['PRUNE_LAB_KERNELS']) {
    if (!located) throw setupErrors.badOverride(env['PRUNE_LAB_KERNELS']);
    return located;
  }
  if (located && !force) return located;

  const machine = thisMachine();
  const sources = options.sources ?? kernelSources(machine, env, device);
  const nativeSources = options.nativeSources ?? path.join(__dirname, 'native');
  const failures: PruneError[] = [];
  for (const source of sources) {
    try {
      return await provideFrom(source, force, { env, nativeSources, progress, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PruneError) || FINAL.has(error.code)) throw error;
      failures.push(error);
    }
  }
  const [first, ...rest] = failures;
  if (first) throw setupErrors.allFailed(first, rest);
  const { platform, arch, libc } = machine;
  throw device === 'gpu' ? setupErrors.noGpuKernels(platform, arch) : setupErrors.unsupportedPlatform(platform, arch, libc);
}

async function provideFrom(source: KernelSource, force: boolean, context: Omit<Context, 'folder'>): Promise<LocatedKernels> {
  const { env, progress, signal } = context;
  const ready = await (source.kind === 'wheel' ? readyWheel(source, context) : readyDownload(source, context));
  const id = kernelId(source);
  const target = path.join(kernelsFolder(env), id);
  const isThere = () => !force && locateIn(target) !== null;
  const workspace = await openWorkspace(target, isThere, progress, signal);
  if (workspace) {
    try {
      const { folder } = workspace;
      await checkDisk(folder, source.kind === 'wheel' ? diskBytes(source) : DOWNLOAD_DISK_BYTES);
      const made = await ready({ ...context, folder });
      progress({ step: 'install', detail: target });
      await keepOnly(folder, ['lib', 'deps']);
      const files = await describeFiles(folder, signal);
      const { platform, arch } = process;
      const manifest: KernelManifest = { id, ...made, platform, arch, created: new Date().toISOString(), files };
      await writeFile(path.join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
      signal?.throwIfAborted();
      await workspace.install(isThere);
    } catch (error) {
      throw fromSystem(error, workspace.folder, source);
    } finally {
      await workspace.dispose();
    }
  }
  return locateIn(target)!;
}

/** What the kernels in a folder are. */
type Made = Pick<KernelManifest, 'source' | 'tensorflow'>;
/** Makes lib/ and deps/ in the context's folder. */
type Make = (context: Context) => Promise<Made>;

/** Looks for the tools before hundreds of megabytes are downloaded in vain. */
async function readyWheel(source: WheelSource, { env, signal }: Omit<Context, 'folder'>): Promise<Make> {
  const python = await findPython({ env, signal });
  const compiler = await findCompiler(env, signal);
  return async (context) => {
    await fetchWheel(source, python, context);
    await compile(compiler, context);
    const [{ package: name }] = source.wheels;
    const from = source.device === 'gpu' ? `${name} and CUDA wheels` : `${name} wheel`;
    return { source: `${from} + compiled addon`, tensorflow: await loadCheck(context) };
  };
}

async function readyDownload(source: DownloadSource, context: Omit<Context, 'folder'>): Promise<Make> {
  await probe(source, context);
  return async (context) => {
    await fetchLibrary(source, context);
    try {
      await fetchAddon(source, context);
      return { source: 'tfjs-node download', tensorflow: await loadCheck(context) };
    } catch (error) {
      // No addon for this release and system, or one for another processor: macOS, at times.
      if (!source.canCompile || !(error instanceof PruneError)) throw error;
      await compile(await findCompiler(context.env, context.signal), context);
      return { source: 'tfjs-node download + compiled addon', tensorflow: await loadCheck(context) };
    }
  };
}

async function compile(compiler: Compiler, { folder, env, nativeSources, progress, signal }: Context): Promise<void> {
  progress({ step: 'compile', detail: compiler.join(' ') });
  const libraries = path.join(folder, 'deps', 'lib');
  const linked = (await readdir(libraries)).filter((name) => /^libtensorflow(_cc|_framework)?(\.so\.2|\.2\.dylib)$/.test(name));
  await compileAddon({
    compiler,
    nativeSources,
    tensorflowInclude: path.join(folder, 'include'),
    libraries: linked.map((name) => path.join(libraries, name)),
    output: path.join(folder, ADDON),
    env,
    signal,
  });
}

/** Loads the addon in a process of its own, where a crash does no harm; returns the version that TensorFlow says it is. */
async function loadCheck({ folder, env, progress, signal }: Context): Promise<string> {
  progress({ step: 'load', detail: 'the addon' });
  const file = path.join(folder, ADDON);
  const script = 'process.stdout.write(require(process.argv[1]).TF_Version)';
  const { NODE_OPTIONS: _, ...rest } = env;
  const { status, how, stdout, lastLines } = await runCommand([process.execPath, '-e', script, file], {
    env: { ...rest, ELECTRON_RUN_AS_NODE: '1', TF_CPP_MIN_LOG_LEVEL: '2' },
    signal,
  });
  if (status === 'ok' && stdout) return stdout;
  const said = lastLines.split('\n').find((line) => /error:/i.test(line));
  throw setupErrors.loadFailed(path.basename(file), `${said ?? how}.`);
}

async function keepOnly(folder: string, names: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!names.includes(name)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

async function checkDisk(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) throw setupErrors.noDisk(folder, needed, bavail * bsize);
}

/** Errors of the file system by the names that people know them by. */
function fromSystem(error: unknown, folder: string, source: KernelSource): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return setupErrors.noDisk(folder, source.kind === 'wheel' ? diskBytes(source) : DOWNLOAD_DISK_BYTES, null);
  if (['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes(code)) return setupErrors.cannotWrite(folder, messageOf(error));
  return error;
}
