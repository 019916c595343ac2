/** A run folder as the views show it. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from '../shared/zod';
import { messageOf, toFailure, type Failure } from '../shared/errors';
import { EXPERIMENT_SUFFIX, RUN_FILES } from '../shared/ids';
import type { HistoryRow, Report, Run } from '../shared/report';
import type { RunView } from '../shared/view';
import { storeErrors } from './errors';
import { layerFile } from './layerFile';
import { effectiveState, readConfig, readHistory, readReport, readRun } from './read';

const Config = z.record(z.string(), z.unknown());

/**
 * All that a view shows of a run. Only run.json must be readable; what is wrong with another file is the view's failure, and the
 * rest is shown. Throws store/not-a-run, store/damaged.
 */
export async function readRunView(folder: string): Promise<RunView> {
  const run = await readRun(folder);
  const state = effectiveState(run);
  let failure: Failure | null = run.failure;
  const attempt = async <T>(read: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read;
    } catch (error) {
      failure ??= toFailure(error);
      return otherwise;
    }
  };
  const [config, report] = await Promise.all([
    readConfig(folder, Config, run).catch(() => null),
    state === 'done' ? attempt<Report | null>(readReport(folder), null) : null,
  ]);
  const history = report?.history ?? (await attempt<HistoryRow[]>(readHistory(folder), []));
  return { folder, run, state, experiment: experimentName(run, config), config, report, history, failure };
}

/** The name that its experiment gives itself, or its file's, or the label. */
export function experimentName(run: Run, config: Record<string, unknown> | null): string {
  if (typeof config?.name === 'string' && config.name !== '') return config.name;
  return run.experimentFile === null ? run.label : basename(run.experimentFile, EXPERIMENT_SUFFIX);
}

/**
 * A layer's mask, or null where the run has none of that name: one byte a weight, inputs × outputs. In one row: of a batch norm a byte a channel,
 * of `inputs` a byte a number of a sample. Throws store/unsafe-layer.
 */
export async function readMask(
  view: RunView,
  layer: string,
): Promise<{ rows: number; cols: number; bytes: Uint8Array<ArrayBuffer> } | null> {
  const channels = view.report?.channels?.layers.find((row) => row.layer === layer);
  const inputs = RUN_FILES.inputMask === `${RUN_FILES.masks}/${layer}.u8` ? view.report?.inputs : null;
  const single = channels ?? inputs;
  const shape = view.report?.layers.find(({ name }) => name === layer)?.shape ?? (single && [single.total]);
  if (!shape?.length) return null;
  const cols = shape.at(-1)!;
  const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const bytes = await readBytes(join(view.folder, layerFile('masks', layer)), rows * cols);
  return bytes && { rows, cols, bytes };
}

/** Coefficients of a layer's channels by response, float32 row by row, or null where the run has none of that name. Throws store/unsafe-layer. */
export async function readCoefficients(
  view: RunView,
  layer: string,
): Promise<{ rows: number; cols: number; values: Float32Array<ArrayBuffer> } | null> {
  const known = view.report?.lasso?.layers.find((row) => row.layer === layer);
  if (!known) return null;
  const { rows, cols } = known.coefficients;
  const bytes = await readBytes(join(view.folder, layerFile('coefficients', layer)), rows * cols * Float32Array.BYTES_PER_ELEMENT);
  return bytes && { rows, cols, values: new Float32Array(bytes.buffer) };
}

/** A file of `size` bytes; null where there is none, or one of another size, which is not read. Throws store/damaged. */
async function readBytes(file: string, size: number): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size !== size) return null;
    const bytes = await readFile(file);
    // A plain array with a buffer of its own: what is sent to a webview is told by its constructor.
    return bytes.length === size ? new Uint8Array(bytes) : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw storeErrors.damaged(file, `${messageOf(error)}.`, error);
  }
}
