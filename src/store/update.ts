import { join } from 'node:path';
import { RUN_FILES } from '../shared/ids';
import { Run } from '../shared/report';
import { replaceAtomic, toJson } from './atomic';
import { readRun } from './read';
import { sealed } from './seal';

/**
 * Changes run.json and returns what it says now. One client owns a run at a time (claim.ts); it writes until it starts the child, the
 * child until it ends, then the client again.
 */
export async function updateRun(folder: string, change: Partial<Omit<Run, 'schema' | 'id' | 'created' | 'updated'>>): Promise<Run> {
  const run = Run.parse({ ...(await readRun(folder)), ...change, updated: new Date().toISOString() });
  await replaceAtomic(join(folder, RUN_FILES.run), toJson(sealed(run)));
  return run;
}
