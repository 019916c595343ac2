/** What the schema cannot say: how the parts of one run fit together. Each check takes the run as written and as resolved. */
import { architecture } from '../engine/nn/architectures';
import { matchesPattern, prunableLayers, type DenseNode } from '../engine/nn/graph';
import { keepCount, keepFraction } from '../engine/schedules/keep';
import { valueAt } from './issues';
import { nearest } from './lookup';
import { dotted, show, type Finding, type Path } from './problems';
import type { Experiment, Model } from './schema';

/** All the data sets there are give images of this layout and so many classes. */
const IMAGE = [28, 28, 1];
const CLASSES = 10;

interface Run {
  /** As the person wrote it, to tell what they asked for from what is only a default. */
  written: unknown;
  experiment: Experiment;
  layers: readonly DenseNode[];
}

/** The layers that may be pruned. */
export function layersOf(model: Model): DenseNode[] {
  return prunableLayers(architecture(model, IMAGE, CLASSES));
}

/** @param written the run's part of the file, its sweep values set; @param experiment the same with every default */
export function check(written: unknown, experiment: Experiment): Finding[] {
  const run = { written, experiment, layers: layersOf(experiment.model) };
  return [patterns, floors, keepsAll, schedule, fineTuning, dataPath, momentum, criterion, unused].flatMap((one) => one(run));
}

const error = (finding: Omit<Finding, 'severity'>): Finding => ({ severity: 'error', ...finding });

/** A key that the person wrote and that changes nothing. */
function noEffect(run: Run, path: Path, because: string, remedy?: string): Finding[] {
  if (valueAt(run.written, path) === undefined) return [];
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

// ---- layers -------------------------------------------------------------------------------------------------------------

function patterns({ experiment: { prune, model }, layers }: Run): Finding[] {
  if (prune.method === 'none') return [];
  const names = layers.map((layer) => layer.name);
  const layerKeep = prune.method === 'han' ? Object.keys(prune.layerKeep ?? {}) : [];
  // Names differ by little, so one that is listed already is not what was meant.
  const unkept = names.filter((name) => !layerKeep.includes(name));
  const unlisted = names.filter((name) => !prune.layers.includes(name));
  const noMatch = (pattern: string, path: Path, at: 'key' | 'value'): Finding[] => {
    if (names.some((name) => (at === 'key' ? name === pattern : matchesPattern(name, pattern)))) return [];
    const free = at === 'key' ? unkept : unlisted;
    const meant = nearest(pattern, free);
    const offered = meant === null ? free : [meant, ...free.filter((name) => name !== meant)];
    const change = offered.map((name) => ({ title: `Change to ${show(name)}`, ...(at === 'key' ? { rename: name } : { replace: name }) }));
    return [
      error({
        code: 'config/pattern-no-match',
        path,
        at,
        message: `${show(pattern)} matches no layer of ${model.name}, whose layers are ${names.join(', ')}.`,
        remedy: meant === null ? `Name a layer${at === 'value' ? ', or write "*" for all' : ''}.` : `Did you mean ${show(meant)}?`,
        fixes: change,
      }),
    ];
  };
  return [
    ...prune.layers.flatMap((pattern, i) => noMatch(pattern, ['prune', 'layers', i], 'value')),
    ...layerKeep.flatMap((name) => noMatch(name, ['prune', 'layerKeep', name], 'key')),
  ];
}

function pruned({ experiment: { prune }, layers }: Run): DenseNode[] {
  return prune.method === 'none' ? [] : layers.filter((layer) => prune.layers.some((pattern) => matchesPattern(layer.name, pattern)));
}

const weights = (layer: DenseNode): number => layer.inputs * layer.outputs;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** What the cut may leave must cover what the floors hold, over the network or, for han, in each layer. */
function floors(run: Run): Finding[] {
  const { prune } = run.experiment;
  const layers = pruned(run);
  if (prune.method === 'none' || layers.length === 0) return [];
  const last = run.layers.at(-1)!;
  const held = layers.map((layer) =>
    Math.max(
      Math.min(prune.floors.layer, weights(layer)),
      layer === last ? Math.min(prune.floors.output, layer.inputs) * layer.outputs : 0,
    ),
  );
  const tooSmall = (path: Path, where: string, keep: number, total: number, needed: number): Finding[] => {
    const left = keepCount(keep, total);
    if (left >= Math.max(1, needed)) return [];
    const least = Math.ceil((Math.max(1, needed) / total) * 1e6) / 1e6;
    return [
      error({
        code: 'config/keep-too-small',
        path,
        at: 'value',
        message: `${dotted(path)} is ${keep}, which leaves ${left} of the ${total} connections of ${where}; ${needed > 0 ? `the floors hold ${needed}` : 'at least one must stay'}.`,
        remedy: `Keep at least ${least}${needed > 0 ? ', or lower prune.floors' : ''}.`,
        fixes: [{ title: `Write ${least}`, replace: least }],
      }),
    ];
  };
  if (prune.method !== 'han') return tooSmall(['prune', 'keep'], 'the pruned layers', prune.keep, sum(layers.map(weights)), sum(held));
  return layers
    .flatMap((layer, i) => {
      const own = prune.layerKeep?.[layer.name];
      const path: Path = own === undefined ? ['prune', 'keep'] : ['prune', 'layerKeep', layer.name];
      return tooSmall(path, `layer ${layer.name}`, own ?? prune.keep, weights(layer), held[i]!);
    })
    .slice(0, 1);
}

/** `keep: 1` is a fraction, but whoever writes it may mean 1%. */
function keepsAll({ experiment: { prune } }: Run): Finding[] {
  if (prune.method === 'none' || prune.keep !== 1 || (prune.method === 'han' && prune.layerKeep)) return [];
  return [
    {
      code: 'config/unit',
      severity: 'warning',
      path: ['prune', 'keep'],
      at: 'value',
      everywhere: true,
      message: 'prune.keep is 1, which keeps every connection: nothing is pruned.',
      remedy: 'Write 0.01 to keep 1%, or "method": "none" to train without pruning.',
      fixes: [{ title: 'Write 0.01', replace: 0.01 }],
    },
  ];
}

// ---- schedules ----------------------------------------------------------------------------------------------------------

function schedule({ written, experiment: { prune, train } }: Run): Finding[] {
  if (!('schedule' in prune) || prune.schedule.name === 'one-shot') return [];
  const path: Path = ['prune', 'schedule'];
  const s = prune.schedule;
  if (s.name === 'staged') {
    // The last epoch cuts what is missing; where that is more than one step, the steps did not get there.
    const before = keepFraction(s, prune.keep, train.epochs - 1, train.epochs);
    const step = before === 1 ? s.first : s.rate;
    if (before - prune.keep <= step + 1e-9) return [];
    return [
      error({
        code: 'config/schedule-never-cuts',
        path,
        at: 'value',
        message: `The staged schedule still keeps ${Number(before.toFixed(4))} before the last of the ${train.epochs} epochs, and its next step of ${step} does not reach prune.keep, ${prune.keep}.`,
        remedy: 'Raise first or rate, cut more often with every, start earlier, or train for more epochs.',
      }),
    ];
  }
  if (s.start < s.end)
    return prune.keep < 1 && keepFraction(s, prune.keep, train.epochs - 1, train.epochs) === 1
      ? [cutsOnce(written, s.name, train.epochs)]
      : [];
  const key = valueAt(written, [...path, 'start']) !== undefined ? 'start' : 'end';
  return [
    error({
      code: 'config/schedule-never-cuts',
      path: [...path, key],
      at: 'value',
      message: `The schedule starts at ${s.start} of the epochs and ends at ${s.end}, so there is nothing between for it to cut in.`,
      remedy: 'Choose start below end.',
    }),
  ];
}

/** The run reaches its target all the same, so this is no error; a short trial of a longer experiment looks like this. */
function cutsOnce(written: unknown, name: string, epochs: number): Finding {
  const start: Path = ['prune', 'schedule', 'start'];
  return {
    code: 'config/schedule-never-cuts',
    severity: 'warning',
    at: 'value',
    path: epochs > 1 && valueAt(written, start) !== undefined ? start : ['train', 'epochs'],
    message: `${epochs === 1 ? 'With 1 epoch' : `With ${epochs} epochs`} the ${name} schedule makes no cut before the last one, which then cuts everything at once.`,
    remedy: 'Train for more epochs, start earlier, or choose the schedule "one-shot" with "fineTune".',
  };
}

function fineTuning({ experiment: { prune, fineTune } }: Run): Finding[] {
  if (!('schedule' in prune) || prune.schedule.name !== 'one-shot' || fineTune) return [];
  return [
    {
      code: 'config/one-shot-without-fine-tune',
      severity: 'warning',
      path: ['prune', 'schedule', 'name'],
      at: 'value',
      message: 'One-shot pruning cuts after the last epoch, and nothing trains the network after that.',
      remedy: 'Add "fineTune", or choose a schedule that cuts while training goes on.',
    },
  ];
}

// ---- keys without effect ------------------------------------------------------------------------------------------------

function dataPath(run: Run): Finding[] {
  const { data } = run.experiment;
  if (data.name === 'digits' || data.path === undefined) return [];
  return noEffect(run, ['data', 'otherwise'], 'where data.path is given, only that folder is used');
}

function momentum(run: Run): Finding[] {
  return (['train', 'fineTune'] as const).flatMap((part) => {
    const options = run.experiment[part];
    return options?.nesterov && options.momentum === 0 ? noEffect(run, [part, 'nesterov'], `${part}.momentum is 0`) : [];
  });
}

function criterion(run: Run): Finding[] {
  const { prune } = run.experiment;
  if (prune.method !== 'wls') return [];
  const at = (...keys: string[]): Path => ['prune', 'criterion', ...keys];
  const { lambda, feature, screening, magnitude } = prune.criterion;
  const findings: Finding[] = [];
  if (lambda === 0)
    for (const key of ['feature', 'screening', 'every', 'decay'])
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
  if (lambda > 0 && prune.schedule.name === 'one-shot')
    findings.push(...noEffect(run, at('decay'), 'one-shot pruning gathers its statistics once'));
  // F does not change when a feature is multiplied by a constant, and one-shot pruning holds the weights while it gathers.
  if (lambda > 0 && prune.schedule.name === 'one-shot' && feature === 'online')
    findings.push(
      ...noEffect(run, at('feature'), 'one-shot pruning scores weights that stand still, where "online" reads the same as "input"'),
    );
  return findings;
}

function unused(run: Run): Finding[] {
  const { prune } = run.experiment;
  if (prune.method === 'none') {
    const because = 'nothing is pruned';
    return [...noEffect(run, ['fineTune'], because), ...noEffect(run, ['measure', 'dense'], because)];
  }
  const layers = pruned(run);
  if (layers.length === 0) return [];
  const last = run.layers.at(-1)!;
  return [
    ...(layers.includes(last) ? [] : noEffect(run, ['prune', 'floors', 'output'], `the output layer ${last.name} is not pruned`)),
    ...Object.keys(prune.method === 'han' ? (prune.layerKeep ?? {}) : {})
      .filter((name) => run.layers.some((layer) => layer.name === name) && !layers.some((layer) => layer.name === name))
      .flatMap((name) => noEffect(run, ['prune', 'layerKeep', name], `layer ${name} is not among prune.layers`)),
  ];
}
