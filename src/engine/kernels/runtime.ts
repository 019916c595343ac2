/**
 * Finds the native addon and registers it as TensorFlow.js's backend. tfjs-node's own entry expects the addon inside node_modules;
 * this one takes it from where set-up put it, so one copy serves every checkout and the packaged extension.
 */
import './polyfill';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-node/dist/register_all_kernels';
import type { TFJSBinding } from '@tensorflow/tfjs-node/dist/tfjs_binding';
import { locateKernels, type LocatedKernels } from '../../setup/locate';
import { deviceOf, type Device } from '../../shared/device';
import type { Report } from '../../shared/report';
import { PACKAGE_VERSION } from '../../shared/version';
import { gpuKernelsMissing, kernelsBroken, kernelsMissing, noGpu } from '../errors';
import { RecordingBackend } from './recording';

export interface Runtime {
  backend: RecordingBackend;
  binding: TFJSBinding;
  located: LocatedKernels;
  threads: number;
  device: Device;
}

let runtime: Runtime | undefined;

/** For graphics cards. */
const GPU_SETTINGS: Readonly<Record<string, string>> = {
  // Sums in the same order each time: the same file and seed, the same report.
  TF_DETERMINISTIC_OPS: '1',
  // Products of float32 numbers, not of their first ten bits, which is TensorFlow's default.
  NVIDIA_TF32_OVERRIDE: '0',
  // Not the card's whole memory at once.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
};

/**
 * Loads the kernels once a process. What the native library reads from the environment at that moment is set here, unless the parent
 * already did.
 * @throws engine/kernels-missing, engine/gpu-kernels-missing, engine/kernels-broken, engine/no-gpu
 */
export function loadRuntime(threads = Number(process.env['TF_NUM_INTRAOP_THREADS']) || os.availableParallelism()): Runtime {
  if (runtime) return runtime;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  const device = deviceOf(process.env);
  if (device === 'gpu') for (const [name, value] of Object.entries(GPU_SETTINGS)) process.env[name] ??= value;
  // Kernels for graphics cards compute on the processor where they see no card.
  else process.env['CUDA_VISIBLE_DEVICES'] = '-1';
  const located = locateKernels(process.env, device);
  if (!located) throw device === 'gpu' ? gpuKernelsMissing() : kernelsMissing();
  const file = path.join(located.folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  let binding: TFJSBinding;
  try {
    binding = createRequire(file)(file) as TFJSBinding;
  } catch (error) {
    throw kernelsBroken(file, error);
  }
  if (device === 'gpu' && !binding.isUsingGpuDevice()) throw noGpu(located.folder);
  const backend = new RecordingBackend(binding, 'prune-lab');
  tf.registerBackend('tensorflow', () => backend, 3);
  void tf.setBackend('tensorflow');
  runtime = { backend, binding, located, threads: Number(process.env['TF_NUM_INTRAOP_THREADS']), device };
  return runtime;
}

export function versions(): Report['versions'] {
  const { binding, threads, device } = loadRuntime();
  return {
    pruneLab: PACKAGE_VERSION,
    node: process.versions.node,
    tfjs: tf.version.tfjs,
    tensorflow: binding.TF_Version,
    platform: `${process.platform}-${process.arch}`,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    threads,
    oneDNN: process.env['TF_ENABLE_ONEDNN_OPTS'] === '1',
    device,
  };
}
