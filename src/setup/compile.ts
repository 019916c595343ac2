/** Compiles tfjs-node's native addon against the TensorFlow that was unpacked. Linux and macOS. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command';
import { setupErrors } from './errors';

/** A compiler and its leading arguments, as CXX may hold them: `ccache g++`. */
export type Compiler = [string, ...string[]];

/** The C++ compiler of CXX, else the first of g++, c++ and clang++ that runs. Throws setup/no-compiler. */
export async function findCompiler(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Compiler> {
  const chosen = env['CXX']?.trim();
  const candidates = chosen ? [chosen] : ['g++', 'c++', 'clang++'];
  for (const candidate of candidates) {
    const command = candidate.split(/\s+/) as Compiler;
    const { status } = await runCommand([...command, '--version'], { env, signal });
    if (status === 'ok') return command;
  }
  throw setupErrors.noCompiler(candidates);
}

export interface Addon {
  compiler: Compiler;
  /** Folder with binding/ (tfjs-node's sources) and include/ (headers of Node-API). */
  nativeSources: string;
  tensorflowInclude: string;
  /** TensorFlow's libraries, by file; found again at run time in ../../deps/lib from the addon. */
  libraries: readonly string[];
  output: string;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/** Node-API 8 keeps the addon valid across Node versions and in Electron. Throws setup/compile-failed. */
export async function compileAddon({ compiler, nativeSources, tensorflowInclude, libraries, output, env, signal }: Addon): Promise<void> {
  const binding = path.join(nativeSources, 'binding');
  if (!existsSync(binding)) throw setupErrors.noAddonSources(nativeSources);
  await mkdir(path.dirname(output), { recursive: true });
  const forSystem =
    process.platform === 'darwin'
      ? ['-bundle', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/../../deps/lib']
      : ['-shared', '-Wl,-rpath,$ORIGIN/../../deps/lib'];
  const { status, how, lastLines } = await runCommand(
    [
      ...compiler,
      ...['-std=c++17', '-O2', '-fPIC', '-DNAPI_VERSION=8'],
      ...[tensorflowInclude, path.join(nativeSources, 'include'), nativeSources].map((folder) => `-I${folder}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(binding, file)),
      ...libraries,
      ...forSystem,
      ...['-o', output],
    ],
    { env, signal },
  );
  if (status !== 'ok') throw setupErrors.compileFailed(compiler.join(' '), lastLines || how);
}
