import { locateKernels } from '../setup/locate';
import type { Device } from '../shared/device';
import { terminalErrors } from './errors';

/** Throws setup/kernels-missing, setup/gpu-kernels-missing: a run that cannot start makes no run folder. */
export function requireKernels(device: Device): void {
  if (!locateKernels(process.env, device)) throw device === 'gpu' ? terminalErrors.gpuKernelsMissing() : terminalErrors.kernelsMissing();
}
