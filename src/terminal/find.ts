/** Which run a person means: its folder, its id, or `last`. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { RUN_FILES, RUNS_FOLDER } from '../shared/ids';
import { listRuns } from '../store/read';
import { terminalErrors } from './errors';

/** The run's folder. Throws terminal/no-such-run, terminal/no-runs. */
export async function findRun(name: string, cwd: string): Promise<string> {
  const root = join(cwd, RUNS_FOLDER);
  if (name !== 'last') {
    for (const folder of [resolve(cwd, name), join(root, name)]) {
      if (existsSync(join(folder, RUN_FILES.run))) return folder;
    }
  }
  const runs = await listRuns(root);
  if (name !== 'last')
    throw terminalErrors.noSuchRun(
      name,
      runs.map((entry) => basename(entry.folder)),
    );
  const newest = runs.find((entry) => entry.run);
  if (!newest) throw terminalErrors.noRuns(root);
  return newest.folder;
}
