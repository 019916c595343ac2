/** What the lenses of a file need to know of its runs. */
import type { Runs } from '../contract';
import { progressText } from '../words';
import type { RunFacts } from './lenses';

export function factsOf(runs: Pick<Runs, 'active' | 'last' | 'live'>, file: string, canRun: boolean): RunFacts {
  const last = runs.last(file);
  return {
    canRun,
    active: runs.active(file).map(({ folder, run, state }) => ({
      folder,
      state: state === 'running' ? 'running' : 'queued',
      progress: progressText(runs.live(folder), run),
    })),
    last: last?.run.summary ? { folder: last.folder, ...last.run.summary } : null,
  };
}
