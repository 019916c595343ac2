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
import type { Report } from '../../shared/report';
import { PACKAGE_VERSION } from '../../shared/version';
import { kernelsBroken, kernelsMissing } from '../errors';
import { RecordingBackend } from './recording';

export interface Runtime {
  backend: RecordingBackend;
  binding: TFJSBinding;
  located: LocatedKernels;
  threads: number;
}

let runtime: Runtime | undefined;

/**
 * Loads the kernels once a process. Threads and oneDNN are read from the environment by the native library at that moment, so
 * they are set here unless the parent already did.
 * @throws engine/kernels-missing, engine/kernels-broken
 */
export function loadRuntime(threads = Number(process.env['TF_NUM_INTRAOP_THREADS']) || os.availableParallelism()): Runtime {
  if (runtime) return runtime;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  const located = locateKernels();
  if (!located) throw kernelsMissing();
  const file = path.join(located.folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  let binding: TFJSBinding;
  try {
    binding = createRequire(file)(file) as TFJSBinding;
  } catch (error) {
    throw kernelsBroken(file, error);
  }
  const backend = new RecordingBackend(binding, 'prune-lab');
  tf.registerBackend('tensorflow', () => backend, 3);
  void tf.setBackend('tensorflow');
  runtime = { backend, binding, located, threads: Number(process.env['TF_NUM_INTRAOP_THREADS']) };
  return runtime;
}

export function versions(): Report['versions'] {
  const { binding, threads } = loadRuntime();
  return {
    pruneLab: PACKAGE_VERSION,
    node: process.versions.node,
    tfjs: tf.version.tfjs,
    tensorflow: binding.TF_Version,
    platform: `${process.platform}-${process.arch}`,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    threads,
    oneDNN: process.env['TF_ENABLE_ONEDNN_OPTS'] === '1',
  };
}
