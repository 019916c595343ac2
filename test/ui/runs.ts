/** Runs on disk as the engine leaves them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RUN_FILES, RUNS_FOLDER } from '../../src/shared/ids';
import { whatIsLeft } from '../../src/shared/left';
import type { Report } from '../../src/shared/report';
import { runRecord } from '../fixtures/run';

export const runFolder = (workspace: string, id: string): string => path.join(workspace, RUNS_FOLDER, id);

/** Experiment, report and record of a run that is done. Returns its folder. */
export function writeRun(workspace: string, id: string, report: Report): string {
  const folder = runFolder(workspace, id);
  mkdirSync(folder, { recursive: true });
  const { label, configHash, seed, times } = report;
  const { kept, total, unit } = whatIsLeft(report);
  const summary = { ...report.stages.at(-1)!, kept, total, unit };
  const write = (name: string, content: unknown) => writeFileSync(path.join(folder, name), JSON.stringify(content));
  write(RUN_FILES.config, { name: report.name, seed, prune: { method: report.method, keep: report.keep } });
  write(RUN_FILES.report, report);
  write(RUN_FILES.run, runRecord({ id, label, configHash, seed, created: times.started, updated: times.finished, summary }));
  return folder;
}
