/** `prune-lab check FILE`: what is wrong with an experiment file, by line and column. */
import { parse } from '../args';
import { print, printJson } from '../io';
import { EXPERIMENT_OPTIONS, hasErrors, load, printProblems } from '../load';
import { plural } from '../../shared/text';

const command = {
  usage: 'prune-lab check FILE [--seed N] [--set KEY=VALUE]... [--json]',
  positionals: ['FILE'],
  options: EXPERIMENT_OPTIONS,
} as const;

export async function check(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(command, argv);
  const [file] = positionals as [string];
  const json = values.json ?? false;
  const loaded = await load(command, file, values);
  const ok = !hasErrors(loaded.problems);
  // A file that is good is good on a machine without its data too.
  const missingData = loaded.missingData.map((problem) => ({ ...problem, severity: 'warning' as const }));
  printProblems(file, [...loaded.problems, ...missingData], json, process.stdout);
  if (json)
    printJson({
      type: 'checked',
      file,
      ok,
      runs: loaded.variants.map(({ label, values: own, experiment }) => ({ label, seed: experiment.seed, values: own })),
    });
  else if (ok) {
    const { variants } = loaded;
    print(
      `${file} is good: ${plural(variants.length, 'run')}${variants.length > 1 ? `:\n${variants.map(({ label }) => `  ${label}`).join('\n')}` : ''}`,
    );
  }
  return ok ? 0 : 2;
}
