/** Reading the run folders of workspace folders. Knows nothing of the editor. */
import { join } from 'node:path';
import * as z from '../shared/zod';
import { toFailure, type Failure } from '../shared/errors';
import { RUNS_FOLDER } from '../shared/ids';
import type { Run } from '../shared/report';
import { effectiveState, listRuns, readConfig, readRun } from '../store/read';
import { experimentName } from '../store/view';
import type { RunEntry } from './contract';

export type Scanned = RunEntry | { folder: string; failure: Failure };

export const runsRoot = (workspaceFolder: string) => join(workspaceFolder, RUNS_FOLDER);

export class Scanner {
  /** Names of experiments by run folder; config.resolved.json never changes. */
  private readonly names = new Map<string, string>();

  /** All runs of a workspace folder, and its folders that are no whole runs. */
  async scan(workspaceFolder: string): Promise<Scanned[]> {
    const listed = await listRuns(runsRoot(workspaceFolder));
    const scanned = listed.map(async (found): Promise<Scanned> =>
      found.run ? this.entry(found.folder, found.run, workspaceFolder) : { folder: found.folder, failure: found.failure },
    );
    return Promise.all(scanned);
  }

  /** null where the folder is gone, or is being made. */
  async read(folder: string, workspaceFolder: string): Promise<Scanned | null> {
    try {
      return await this.entry(folder, await readRun(folder), workspaceFolder);
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code !== 'store/not-a-run') return { folder, failure };
      this.names.delete(folder);
      return null;
    }
  }

  private async entry(folder: string, run: Run, workspaceFolder: string): Promise<RunEntry> {
    const experiment = await this.nameOf(folder, run);
    return { folder, run, state: effectiveState(run), experiment, file: run.experimentFile, workspaceFolder };
  }

  private async nameOf(folder: string, run: Run): Promise<string> {
    const known = this.names.get(folder);
    if (known !== undefined) return known;
    // The run's own views tell what is wrong with the file; here it only lacks a group's name.
    const config = await readConfig(folder, z.object({ name: z.string() }), run).catch(() => null);
    const name = experimentName(run, config);
    if (config) this.names.set(folder, name);
    return name;
  }
}
