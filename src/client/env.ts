import { MEMORY_LIMIT } from '../setup/memory';
import { DEVICE_VARIABLE, type Device } from '../shared/device';

/** What the child inherits: little, so that a run does not depend on the shell (or editor) that started it. */
const INHERITED = new Set(['PATH', 'HOME', 'LANG', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT', 'USERPROFILE', 'LOCALAPPDATA', 'APPDATA']);
const INHERITED_PREFIX = /^(LC_|XDG_|PRUNE_LAB_)/;

/** Which card, how its driver works, and where its libraries lie. */
const INHERITED_FOR_GPU = /^(CUDA_|NVIDIA_|TF_|LD_LIBRARY_PATH$)/;

export interface EngineSettings {
  /** Of the native kernels. */
  threads: number;
  /** What they compute on; default: the processor. */
  device?: Device | undefined;
  /** Bytes that the run may need at most; default: all that can be had. */
  memory?: number | undefined;
  /** What the child's environment is taken from; default: this process's. */
  env?: NodeJS.ProcessEnv | undefined;
}

/** The child's environment. */
export function engineEnv({ threads, device = 'cpu', memory, env = process.env }: EngineSettings): NodeJS.ProcessEnv {
  const isInherited = (name: string) =>
    INHERITED.has(name.toUpperCase()) || INHERITED_PREFIX.test(name) || (device === 'gpu' && INHERITED_FOR_GPU.test(name));
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => isInherited(name))),
    ...(memory !== undefined && { [MEMORY_LIMIT]: String(memory) }),
    [DEVICE_VARIABLE]: device,
    TF_CPP_MIN_LOG_LEVEL: '2',
    // Convolutions run twice to four times as fast with it; TensorFlow leaves it off on most CPUs.
    TF_ENABLE_ONEDNN_OPTS: '1',
    OMP_NUM_THREADS: String(threads),
    TF_NUM_INTRAOP_THREADS: String(threads),
    // With one thread, a graph runs in the thread that asks for it: handing it over and back takes longer than a small network's ops.
    TF_NUM_INTEROP_THREADS: threads === 1 ? '-1' : String(threads),
    // glibc gives a large block back to the system when it is freed, and the next batch pays to get it zeroed again: keep it mapped.
    // 32 MiB is the most that every glibc takes for the first; larger values are ignored by older ones.
    MALLOC_MMAP_THRESHOLD_: String(32 * 1024 ** 2),
    MALLOC_TRIM_THRESHOLD_: String(256 * 1024 ** 2),
    // In the editor, this process's program is Electron; as a child it shall be Node.
    ELECTRON_RUN_AS_NODE: '1',
  };
}
