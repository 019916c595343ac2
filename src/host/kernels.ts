/**
 * The native kernels of the editor: those in the user's cache, which the terminal shares, else those in the extension's global storage, where
 * "Set up native kernels" puts them: an extension keeps what it downloads where the editor removes it together with the extension.
 */
import { locateKernels, type LocatedKernels } from '../setup/locate';
import { hostErrors } from './errors';

export class Kernels {
  /** @param storage folder of the extension's global storage; it need not exist */
  constructor(private readonly storage: string) {}

  find(): LocatedKernels | null {
    return locateKernels() ?? locateKernels(this.setupEnv);
  }

  /** Throws host/kernels-missing: a run that cannot start makes no run folder. */
  require(): void {
    if (!this.find()) throw hostErrors.kernelsMissing();
  }

  /** The environment in which set-up provides them into the global storage. */
  get setupEnv(): NodeJS.ProcessEnv {
    return { ...process.env, PRUNE_LAB_CACHE: this.storage };
  }

  /** The environment of a child that is to load them. */
  get childEnv(): NodeJS.ProcessEnv {
    const stored = locateKernels() ? null : this.find();
    return stored ? { ...process.env, PRUNE_LAB_KERNELS: stored.folder } : process.env;
  }
}
