/**
 * The native kernels of the editor: those in the user's cache, which the terminal shares, else those in the extension's global storage, where
 * "Set up native kernels" puts them: an extension keeps what it downloads where the editor removes it together with the extension.
 */
import { locateKernels, type LocatedKernels } from '../setup/locate';
import { hostErrors } from './errors';

/** `storage`: the extension's own, where a child is told of them in PRUNE_LAB_KERNELS and cannot know better itself. */
export type KernelOrigin = LocatedKernels['from'] | 'storage';

type HostKernels = Omit<LocatedKernels, 'from'> & { from: KernelOrigin };

export class Kernels {
  /** @param storage folder of the extension's global storage; it need not exist */
  constructor(private readonly storage: string) {}

  find(): HostKernels | null {
    const located = locateKernels();
    if (located) return located;
    const stored = locateKernels(this.setupEnv);
    return stored && { ...stored, from: 'storage' };
  }

  /** Throws host/kernels-missing: a run that cannot start makes no run folder. */
  require(): HostKernels {
    const located = this.find();
    if (!located) throw hostErrors.kernelsMissing();
    return located;
  }

  /** The environment in which set-up provides them into the global storage. */
  get setupEnv(): NodeJS.ProcessEnv {
    return { ...process.env, PRUNE_LAB_CACHE: this.storage };
  }

  /** The environment of a child that is to load them. */
  get childEnv(): NodeJS.ProcessEnv {
    const located = this.find();
    return located?.from === 'storage' ? { ...process.env, PRUNE_LAB_KERNELS: located.folder } : process.env;
  }
}
