import { closest, distance } from 'fastest-levenshtein';
import { PruneError } from '../shared/errors';

const HELP = '`prune-lab --help` lists the commands and their options.';

export const terminalErrors = {
  kernelsMissing: () =>
    new PruneError(
      'setup/kernels-missing',
      'The native kernels are not there.',
      'Provide them with `prune-lab setup` (in a checkout: `npm run setup`).',
    ),

  gpuKernelsMissing: () =>
    new PruneError(
      'setup/gpu-kernels-missing',
      'The native kernels for the graphics card, which `engine.device` asks for, are not there.',
      'Provide them with `prune-lab setup --gpu` (in a checkout: `npm run setup -- --gpu`), or set `engine.device` to `cpu`.',
    ),

  unknownCommand: (name: string, known: readonly string[]) =>
    new PruneError('terminal/unknown-command', `There is no command \`${name}\`.`, suggest(name, known) ?? HELP),

  unknownOption: (name: string, command: string, known: readonly string[]) =>
    new PruneError(
      'terminal/unknown-option',
      `\`prune-lab ${command}\` has no option \`${name}\`.`,
      suggest(name, known) ?? `\`prune-lab ${command} --help\` lists them.`,
    ),

  badArguments: (command: string, what: string) => new PruneError('terminal/bad-arguments', what, `Usage: ${command}`),

  unknownSet: (name: string, known: readonly string[]) =>
    new PruneError(
      'terminal/unknown-set',
      `\`${name}\` is no data set to fetch; there are ${known.join(' and ')}.`,
      suggest(name, known) ?? '`prune-lab data list` tells where each set lies.',
    ),

  unknownModel: (name: string, known: readonly string[]) =>
    new PruneError(
      'terminal/unknown-model',
      `There is no model \`${name}\`.`,
      suggest(name, known) ??
        `The models are ${known.join(', ')}; resnet, preresnet and densenet take a depth (\`resnet-32\`). A file ends in .prune.json or .json.`,
    ),

  badModel: (name: string, what: string) =>
    new PruneError(
      'terminal/bad-model',
      `The model \`${name}\` cannot be built: ${what}.`,
      'Options of a model are set by --set KEY=VALUE, for example --set growth=12.',
    ),

  badExperiment: (file: string, problems: readonly string[]) =>
    new PruneError('terminal/bad-experiment', problems.join('\n'), `\`prune-lab check ${file}\` tells all that is wrong with it.`, file),

  shapeUnknown: (file: string, data: string, image: boolean) =>
    new PruneError(
      'terminal/shape-unknown',
      `How many classes the data set \`${data}\` has${image ? ', and the shape of its samples,' : ''} is known only when it is read.`,
      `Say it: --classes 10${image ? ' --image 32,32,3' : ''}.`,
      file,
    ),

  noSuchRun: (name: string, known: readonly string[]) =>
    new PruneError(
      'terminal/no-such-run',
      `There is no run \`${name}\`: it is no run's folder, and no id under .prune/runs.`,
      suggest(name, known) ?? '`prune-lab runs` lists the runs of this folder.',
    ),

  noRuns: (root: string) => new PruneError('terminal/no-runs', 'There are no runs yet.', 'Start one with `prune-lab run FILE`.', root),

  alreadyDone: (folder: string) =>
    new PruneError(
      'terminal/already-done',
      'The run is done; there is nothing to resume.',
      `Show it with \`prune-lab show ${folder}\`.`,
      folder,
    ),

  stillRunning: (folder: string, pid: number | null) =>
    new PruneError(
      'terminal/still-running',
      `The run is still going on, in process ${pid}.`,
      'Wait until it ends, or stop it first.',
      folder,
    ),
};

/** `Did you mean ...` where something known is near: it begins so, or differs by two letters or a third of them. */
function suggest(name: string, known: readonly string[]): string | undefined {
  if (!known.length) return undefined;
  const nearest = known.find((k) => name.length >= 3 && k.startsWith(name)) ?? closest(name, known);
  return nearest.startsWith(name) || distance(name, nearest) <= Math.max(2, Math.floor(nearest.length / 3))
    ? `Did you mean \`${nearest}\`?`
    : undefined;
}
