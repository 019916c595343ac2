/** Keys that the schema takes and that would do nothing beside what else the experiment says. */
import { noEffect, type Run } from './finding';
import { show, type Finding, type Path } from './problems';

export function withoutEffect(run: Run): Finding[] {
  return [dataPath, momentum, untrained, criterion, shrink, unused].flatMap((one) => one(run));
}

function dataPath(run: Run): Finding[] {
  const { data } = run.experiment;
  if (!('otherwise' in data) || data.path === undefined) return [];
  return noEffect(run, ['data', 'otherwise'], 'where data.path is given, only that folder is used');
}

function momentum(run: Run): Finding[] {
  return (['train', 'fineTune'] as const).flatMap((part) => {
    const options = run.experiment[part];
    return options?.nesterov && options.momentum === 0 ? noEffect(run, [part, 'nesterov'], `${part}.momentum is 0`) : [];
  });
}

/** The learning rate is there because it must be. */
function untrained(run: Run): Finding[] {
  if (run.experiment.train.epochs > 0) return [];
  const keys = ['schedule', 'momentum', 'nesterov', 'weightDecay'].map((key): Path => ['train', key]);
  return [...keys, ['prune', 'penalty']].flatMap((path) => noEffect(run, path, 'train.epochs is 0, so nothing is trained before the cut'));
}

function criterion(run: Run): Finding[] {
  const { prune } = run.experiment;
  if (prune.method !== 'wls' && prune.method !== 'cls') return [];
  const at = (...keys: string[]): Path => ['prune', 'criterion', ...keys];
  const { lambda, screening, magnitude } = prune.criterion;
  const findings: Finding[] = [];
  if (lambda === 0)
    for (const key of ['feature', 'pool', 'screening', 'every', 'decay', 'samples'])
      findings.push(
        ...noEffect(
          run,
          at(key),
          'prune.criterion.lambda is 0, so nothing is screened',
          `Remove ${show(key)}, or choose a lambda above 0.`,
        ),
      );
  if (lambda === 1)
    findings.push(
      ...noEffect(
        run,
        at('magnitude'),
        'prune.criterion.lambda is 1, so magnitudes do not count',
        'Remove "magnitude", or choose a lambda below 1.',
      ),
    );
  if (lambda > 0 && ['none', 'eta2'].includes(screening.norm))
    findings.push(...noEffect(run, at('screening', 'scope'), `the norm ${show(screening.norm)} is the same over any scope`));
  if (lambda < 1 && magnitude.norm === 'none')
    findings.push(...noEffect(run, at('magnitude', 'scope'), 'the norm "none" is the same over any scope'));
  if (prune.method === 'cls' || lambda === 0 || prune.schedule.name !== 'one-shot') return findings;
  findings.push(...noEffect(run, at('decay'), 'one-shot pruning gathers its statistics once'));
  // F does not change when a feature is multiplied by a constant, and one-shot pruning holds the weights while it gathers.
  if (prune.criterion.feature === 'online')
    findings.push(
      ...noEffect(run, at('feature'), 'one-shot pruning scores weights that stand still, where "online" reads the same as "input"'),
    );
  return findings;
}

function shrink(run: Run): Finding[] {
  const { prune } = run.experiment;
  if (!('shrink' in prune) || prune.schedule.name !== 'one-shot') return [];
  return noEffect(
    run,
    ['prune', 'shrink'],
    'one-shot pruning cuts once, after the last epoch',
    'Remove "shrink", or choose a schedule that cuts while training goes on.',
  );
}

function unused(run: Run): Finding[] {
  const { prune } = run.experiment;
  if (prune.method === 'none') {
    const because = 'nothing is pruned';
    return [...noEffect(run, ['fineTune'], because), ...noEffect(run, ['measure', 'dense'], because)];
  }
  if (!run.layers || run.layers.pruned.length === 0) return [];
  const { all, pruned, of } = run.layers;
  const last = all.at(-1)!;
  const isIn = (layers: typeof all, name: string) => layers.some((layer) => layer.name === name);
  return [
    ...(of === 'channels' || pruned.includes(last)
      ? []
      : noEffect(run, ['prune', 'floors', 'output'], `the output layer ${last.name} is not pruned`)),
    ...Object.keys(prune.method === 'han' ? (prune.layerKeep ?? {}) : {})
      .filter((name) => isIn(all, name) && !isIn(pruned, name))
      .flatMap((name) => noEffect(run, ['prune', 'layerKeep', name], `layer ${name} is not among prune.layers`)),
  ];
}
