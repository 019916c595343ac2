import { locateKernels } from '../setup/locate';
import { terminalErrors } from './errors';

/** Throws setup/kernels-missing: a run that cannot start makes no run folder. */
export function requireKernels(): void {
  if (!locateKernels()) throw terminalErrors.kernelsMissing();
}
