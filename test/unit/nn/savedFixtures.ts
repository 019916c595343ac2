/** The saved models of fixtures/models (made by the script there), and changed copies of them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect } from 'vitest';
import { readLayersModel } from '../../../src/engine/nn/saved';
import { PruneError } from '../../../src/shared/errors';

export const MODELS = path.join(__dirname, '../../fixtures/models');
export const fixture = (name: string) => path.join(MODELS, name, 'model.json');
export const scratch = mkdtempSync(path.join(os.tmpdir(), 'prune-lab-saved-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface LayerJson {
  class_name: string;
  name?: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}
interface ModelConfig {
  class_name: string;
  config: { name: string; layers: LayerJson[]; input_layers: unknown[]; output_layers: unknown[]; [key: string]: unknown };
}
export interface Spec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: object;
}
export interface ModelJson {
  format?: string;
  modelTopology: ModelConfig & { model_config: ModelConfig };
  weightsManifest: { paths: string[]; weights: Spec[] }[];
}

let copies = 0;
/** A copy of a fixture with its model.json changed. */
export function edited(name: string, edit: (model: ModelJson, folder: string) => void): string {
  const folder = path.join(scratch, String(++copies));
  cpSync(path.join(MODELS, name), folder, { recursive: true });
  const file = path.join(folder, 'model.json');
  const model = JSON.parse(readFileSync(file, 'utf8')) as ModelJson;
  edit(model, folder);
  writeFileSync(file, JSON.stringify(model));
  return file;
}

/** The layer of this name in a fixture by TensorFlow.js. */
export function layer({ modelTopology: { config } }: ModelJson, name: string): LayerJson {
  return config.layers.find((l) => l.config['name'] === name)!;
}

export async function failure(file: string): Promise<PruneError> {
  const error: unknown = await readLayersModel(file).then(
    () => expect.unreachable('it was read'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PruneError);
  return error as PruneError;
}
