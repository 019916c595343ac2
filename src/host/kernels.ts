/**
 * The native kernels of the editor: those in the user's cache, which the terminal shares, else those in the extension's global storage, where
 * "Set up native kernels" puts them: an extension keeps what it downloads where the editor removes it together with the extension.
 */
import { locateKernels, type LocatedKernels } from '../setup/locate';
import type { Device } from '../shared/device';
import { hostErrors } from './errors';

/** `storage`: the extension's own, where a child is told of them in PRUNE_LAB_KERNELS and cannot know better itself. */
export type KernelOrigin = LocatedKernels['from'] | 'storage';

type HostKernels = Omit<LocatedKernels, 'from'> & { from: KernelOrigin };

export class Kernels {
  /** @param storage folder of the extension's global storage; it need not exist */
  constructor(private readonly storage: string) {}

  find(device: Device = 'cpu'): HostKernels | null {
    const located = locateKernels(process.env, device);
    if (located) return located;
    const stored = locateKernels(this.setupEnv, device);
    return stored && { ...stored, from: 'storage' };
  }

  /** Throws host/kernels-missing, host/gpu-kernels-missing: a run that cannot start makes no run folder. */
  require(device: Device = 'cpu'): HostKernels {
    const located = this.find(device);
    if (!located) throw device === 'gpu' ? hostErrors.gpuKernelsMissing() : hostErrors.kernelsMissing();
    return located;
  }

  /** The environment in which set-up provides them into the global storage. */
  get setupEnv(): NodeJS.ProcessEnv {
    return { ...process.env, PRUNE_LAB_CACHE: this.storage };
  }

  /** The environment of a child that is to load them. */
  childEnv(device: Device = 'cpu'): NodeJS.ProcessEnv {
    const located = this.find(device);
    return located?.from === 'storage' ? { ...process.env, PRUNE_LAB_KERNELS: located.folder } : process.env;
  }
}
