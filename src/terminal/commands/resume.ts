/** `prune-lab resume RUN`: continue a run in its folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Experiment } from '../../config/schema';
import { RUN_FILES } from '../../shared/ids';
import { effectiveState, readConfig, readRun } from '../../store/read';
import { parse } from '../args';
import { terminalErrors } from '../errors';
import { execute, exitCode } from '../execute';
import { findRun } from '../find';
import { fromHere, print } from '../io';
import { requireKernels } from '../kernels';
import { finishSingle } from './run';

const command = { usage: 'prune-lab resume RUN [--json]', positionals: ['RUN'], options: { json: { type: 'boolean' } } } as const;

export async function resume(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(command, argv);
  const json = values.json ?? false;
  const folder = await findRun(positionals[0]!, process.cwd());
  const run = await readRun(folder);
  const state = effectiveState(run);
  if (state === 'done') throw terminalErrors.alreadyDone(fromHere(folder));
  if (state === 'running') throw terminalErrors.stillRunning(fromHere(folder), run.pid);
  const experiment = await readConfig(folder, Experiment);
  requireKernels(experiment.engine.device);
  const hasCheckpoint = existsSync(join(folder, RUN_FILES.checkpoint));
  if (!json) print(hasCheckpoint ? `Resuming ${run.label} from its checkpoint.` : `${run.label} has no checkpoint yet: starting it anew.`);
  const queued = { folder, runDir: folder, label: null, resume: hasCheckpoint, ...experiment.engine };
  const executed = await execute([queued], { json });
  if (!json) await finishSingle(queued, executed.outcomes[0]!);
  return exitCode(executed);
}
