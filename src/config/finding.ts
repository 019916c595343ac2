/** What checks of one run are written with. */
import { valueAt } from './issues';
import type { Layers } from './layers';
import { dotted, show, type Finding, type Path } from './problems';
import type { Experiment } from './schema';

export interface Run {
  /** As the person wrote it, to tell what they asked for from what is only a default. */
  written: unknown;
  experiment: Experiment;
  /** null where they are not known. */
  layers: Layers | null;
}

export const error = (finding: Omit<Finding, 'severity'>): Finding => ({ severity: 'error', ...finding });

/** A key that the person wrote and that changes nothing. */
export function noEffect({ written }: Run, path: Path, because: string, remedy?: string): Finding[] {
  if (valueAt(written, path) === undefined) return [];
  const key = show(path.at(-1));
  return [
    error({
      code: 'config/no-effect',
      path,
      at: 'key',
      everywhere: true,
      message: `${dotted(path)} has no effect: ${because}.`,
      remedy: remedy ?? `Remove ${key}.`,
      fixes: [{ title: `Remove ${key}`, remove: true }],
    }),
  ];
}
