/** Changes each byte of the records of a run, and cuts them at each length: what reads them says so with a code, or reads what was written. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Experiment } from '../../src/config/schema';
import { readCheckpoint } from '../../src/engine/train/checkpoint';
import { toFailure } from '../../src/shared/errors';
import { RUN_FILES } from '../../src/shared/ids';
import { readConfig, readReport, readRun } from '../../src/store/read';
import type { Promises } from './promises';
import type { Runs } from './runs';

export const BYTES = {
  changed: 'A record with one byte changed, at any place, is named or reads as it was',
  cut: 'A record cut at any length is named or reads as it was',
} as const;

export interface Plan {
  /** Most places of a file; of a larger one every so many bytes, a number that is odd, so that all columns of numbers are met. */
  places: number;
}

/** @param finished a run that is done @param interrupted one with a checkpoint */
export async function changeBytes(runs: Runs, finished: string, interrupted: string, promises: Promises, { places }: Plan): Promise<void> {
  const [done, begun] = [runs.temporary(), runs.temporary()];
  cpSync(finished, done, { recursive: true });
  cpSync(interrupted, begun, { recursive: true });
  const { configHash } = await readRun(begun);
  const readers: [folder: string, name: string, read: () => Promise<unknown>][] = [
    [done, RUN_FILES.run, () => readRun(done)],
    [done, RUN_FILES.config, () => readConfig(done, Experiment)],
    [done, RUN_FILES.report, () => readReport(done)],
    [begun, RUN_FILES.checkpoint, () => readCheckpoint(path.join(begun, RUN_FILES.checkpoint), configHash)],
  ];
  for (const [folder, name, read] of readers) {
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    const whole = await read();
    const attempt = async (promise: string, damaged: Buffer, how: string) => {
      writeFileSync(file, damaged);
      promises.tried(promise, await lossOf(read, whole, `${name} ${how}`));
    };
    const step = Math.ceil(bytes.length / places) | 1;
    for (let at = 0; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      // Another bit at each place; never none.
      changed[at]! ^= 1 << (at % 8);
      await attempt(BYTES.changed, changed, `changed at ${at}`);
      await attempt(BYTES.cut, bytes.subarray(0, at), `cut at ${at}`);
    }
    writeFileSync(file, bytes);
  }
}

async function lossOf(read: () => Promise<unknown>, whole: unknown, how: string): Promise<string | null> {
  try {
    return isDeepStrictEqual(await read(), whole) ? null : `${how} reads as something else`;
  } catch (error) {
    const { code, message } = toFailure(error);
    return code === 'internal/unexpected' ? `${how}: ${message}` : null;
  }
}
