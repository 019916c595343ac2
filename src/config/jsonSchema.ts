import { z } from 'zod';
import { ExperimentFile } from './schema';

/** The JSON schema (draft-07) that gives an editor completion and descriptions in experiment files. Checks are parseExperiment's. */
export function editorSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(ExperimentFile, { io: 'input', target: 'draft-7' }),
    title: 'Prune Lab experiment',
    description: 'A training run, how it prunes, and what is measured. Ratios are fractions in (0, 1]; keep is the fraction that stays.',
    // VS Code's own extensions of JSON schema.
    allowComments: true,
    allowTrailingCommas: true,
  };
}
