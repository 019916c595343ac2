import { PruneError } from '../shared/errors';

export const configErrors = {
  notFound: (path: string) =>
    new PruneError('config/not-found', `There is no file ${path}.`, 'Check the path; experiment files end in .prune.json.', path),

  unreadable: (path: string, why: string, cause?: unknown) =>
    new PruneError(
      'config/unreadable',
      `${path} could not be read: ${why}.`,
      'An experiment is a text file in UTF-8; check what it is and who may read it.',
      path,
      { cause },
    ),

  tooLarge: (path: string, bytes: number, limit: number) =>
    new PruneError(
      'config/too-large',
      `${path} has ${bytes} bytes, but an experiment file has at most ${limit}.`,
      'Check that this is the experiment file.',
      path,
    ),

  badSet: (set: string, why: string) =>
    new PruneError('config/bad-set', `--set ${set}: ${why}`, 'Write a dotted key and a value, for example --set prune.keep=0.05.'),

  tooManyRuns: (runs: number, limit: number) =>
    new PruneError(
      'config/too-many-runs',
      `The sweep and the seeds make ${runs} runs, but at most ${limit} are allowed.`,
      'Leave values out, or split the sweep over several files.',
    ),
};
