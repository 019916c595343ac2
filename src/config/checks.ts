/** What the schema cannot say: how the parts of one run fit together. Each check takes the run as written and as resolved. */
import { matchesPattern } from '../engine/nn/graph';
import { keepCount, keepFraction } from '../engine/schedules/keep';
import { error, type Run } from './finding';
import { induced } from './inducedChecks';
import { valueAt } from './issues';
import { lasso } from './lassoChecks';
import { layersOf } from './layers';
import { nearest } from './lookup';
import { dotted, show, type Finding, type Fix, type Path } from './problems';
import { cutsChannels, isLasso, type Experiment, type Prune, type RankedChannelPrune } from './schema';
import { withoutEffect } from './withoutEffect';

/** @param written the run's part of the file, its sweep values set; @param experiment the same with every default */
export function check(written: unknown, experiment: Experiment): Finding[] {
  const run = { written, experiment, layers: layersOf(experiment) };
  return [patterns, batchNorms, floors, keepsAll, noEpochs, schedule, fineTuning, induced, lasso, withoutEffect].flatMap((one) => one(run));
}

// ---- layers -------------------------------------------------------------------------------------------------------------

/** As many names as a person reads through; ResNet-164 has 163 batch norms. */
const MOST_NAMES = 12;

function patterns({ experiment: { prune, model }, layers }: Run): Finding[] {
  if (prune.method === 'none' || !layers) return [];
  const names = layers.all.map((layer) => layer.name);
  const layerKeep = prune.method === 'han' ? Object.keys(prune.layerKeep ?? {}) : [];
  // Names differ by little, so one that is listed already is not what was meant.
  const unkept = names.filter((name) => !layerKeep.includes(name));
  const unlisted = names.filter((name) => !prune.layers.includes(name));
  const what = layers.of === 'channels' && layers.hasBatchNorm ? 'batch norm' : 'layer';
  // Lasso leaves out what is summed into a residual stream.
  const [noun, nouns] = isLasso(prune) ? [`${what} to cut`, `${what}s to cut`] : [what, `${what}s`];
  const listed = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES - 1), `... (${names.length} in all)`] : names;
  const noMatch = (pattern: string, path: Path, at: 'key' | 'value'): Finding[] => {
    if (names.some((name) => (at === 'key' ? name === pattern : matchesPattern(name, pattern)))) return [];
    const free = at === 'key' ? unkept : unlisted;
    const meant = nearest(pattern, free);
    const offered = meant === null ? free : [meant, ...free.filter((name) => name !== meant)];
    const change = (names.length > MOST_NAMES ? offered.slice(0, meant === null ? 0 : 1) : offered).map((name) => ({
      title: `Change to ${show(name)}`,
      ...(at === 'key' ? { rename: name } : { replace: name }),
    }));
    return [
      error({
        code: 'config/pattern-no-match',
        path,
        at,
        message: `${show(pattern)} matches no ${noun} of ${model.name}, whose ${nouns} are ${listed.join(', ')}.`,
        remedy: meant === null ? `Name a ${noun}${at === 'value' ? ', or write "*" for all' : ''}.` : `Did you mean ${show(meant)}?`,
        fixes: change,
      }),
    ];
  };
  return [
    ...prune.layers.flatMap((pattern, i) => noMatch(pattern, ['prune', 'layers', i], 'value')),
    ...layerKeep.flatMap((name) => noMatch(name, ['prune', 'layerKeep', name], 'key')),
  ];
}

/** Methods that rank by gamma, in a network without any. */
function batchNorms({ written, experiment: { prune, model }, layers }: Run): Finding[] {
  if (!cutsChannels(prune) || isLasso(prune) || !layers || layers.hasBatchNorm) return [];
  if (prune.method === 'channels' && prune.score !== 'gamma') return [];
  const remedy = `Choose a network with batch norms, or rank by filters: "method": "channels" with "score": "l1".`;
  const finding = { code: 'config/needs-batch-norm', at: 'value' as const, remedy };
  if (prune.method === 'channels')
    return [
      error({
        ...finding,
        path: ['prune', 'score'],
        message: `"gamma" is the scale of a channel's batch norm, and ${model.name} has no batch norms.`,
        fixes: [{ title: 'Write "l1"', replace: 'l1' }],
      }),
    ];
  return [
    error({
      ...finding,
      path: ['prune', 'method'],
      message: `The method ${show(prune.method)} ranks channels by their batch norms, and ${model.name} has none.`,
      fixes: [byFilters(prune.method, valueAt(written, ['prune']) as Record<string, unknown>)],
    }),
  ];
}

/** The same cut by the norm of filters, in one edit: the method's own keys go with it. */
function byFilters(
  method: RankedChannelPrune['method'],
  { schedule, keep, budget, scope, layers, floors, shrink }: Record<string, unknown>,
): Fix {
  const inPlace = schedule ?? (method === 'dsc-channels' ? { name: 'inverse' } : undefined);
  return {
    title: 'Rank by filters: "method": "channels", "score": "l1"',
    // What is undefined is not printed.
    write: { method: 'channels', score: 'l1', keep, budget, schedule: inPlace, scope, layers, floors, shrink },
    at: ['prune'],
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** What the cut may leave must cover what the floors hold, over the network or, for han, in each layer. */
function floors({ experiment: { prune }, layers }: Run): Finding[] {
  if (!('floors' in prune) || !layers?.isCounted || layers.pruned.length === 0) return [];
  // What the floors hold of the network's size, the search for the budget tells.
  if ('budget' in prune && prune.budget !== 'channels') return [];
  const { pruned } = layers;
  const outputFloor = 'output' in prune.floors ? prune.floors.output : 0;
  const held = pruned.map(({ count, classes }) =>
    Math.max(Math.min(prune.floors.layer, count), classes ? Math.min(outputFloor, classes.inputs) * classes.outputs : 0),
  );
  const tooSmall = (path: Path, where: string, keep: number, total: number, needed: number): Finding[] => {
    const left = keepCount(keep, total);
    if (left >= Math.max(1, needed)) return [];
    const least = Math.ceil((Math.max(1, needed) / total) * 1e6) / 1e6;
    const what = layers.of === 'channels' ? 'channels' : 'connections';
    return [
      error({
        code: 'config/keep-too-small',
        path,
        at: 'value',
        message: `${dotted(path)} is ${keep}, which leaves ${left} of the ${total} ${what} of ${where}; ${needed > 0 ? `the floors hold ${needed}` : 'at least one must stay'}.`,
        remedy: `Keep at least ${least}${needed > 0 ? ', or lower prune.floors' : ''}.`,
        fixes: [{ title: `Write ${least}`, replace: least }],
      }),
    ];
  };
  const counts = pruned.map(({ count }) => count);
  if (prune.method !== 'han') return tooSmall(['prune', 'keep'], 'the pruned layers', prune.keep, sum(counts), sum(held));
  return pruned
    .flatMap(({ name, count }, i) => {
      const own = prune.layerKeep?.[name];
      const path: Path = own === undefined ? ['prune', 'keep'] : ['prune', 'layerKeep', name];
      return tooSmall(path, `layer ${name}`, own ?? prune.keep, count, held[i]!);
    })
    .slice(0, 1);
}

const unitOf = (prune: Prune): string => (prune.method === 'induced' ? 'input' : cutsChannels(prune) ? 'channel' : 'connection');

/** `keep: 1` is a fraction, but whoever writes it may mean 1%. */
function keepsAll({ experiment: { prune } }: Run): Finding[] {
  if (prune.method === 'none' || prune.keep !== 1 || (prune.method === 'han' && prune.layerKeep)) return [];
  if (prune.method === 'induced' && (prune.hidden < 1 || prune.borders > 0)) return [];
  return [
    {
      code: 'config/unit',
      severity: 'warning',
      path: ['prune', 'keep'],
      at: 'value',
      everywhere: true,
      message: `prune.keep is 1, which keeps every ${unitOf(prune)}: nothing is pruned.`,
      remedy: `Write 0.01 to keep 1%, or ${prune.method === 'induced' ? '"hidden" below 1 to cut neurons or channels alone' : '"method": "none" to train without pruning'}.`,
      fixes: [{ title: 'Write 0.01', replace: 0.01 }],
    },
  ];
}

// ---- schedules ----------------------------------------------------------------------------------------------------------

/** No epochs: a saved network is scored and cut as it is. */
function noEpochs({ experiment: { prune, train, model } }: Run): Finding[] {
  if (train.epochs > 0) return [];
  const finding = (message: string, remedy: string, fixes: Fix[] = []) => [
    error({ code: 'config/no-epochs', path: ['train', 'epochs'], at: 'value', message, remedy, fixes }),
  ];
  if (model.name !== 'saved' || model.reinitialise)
    return finding(
      `train.epochs is 0, but the weights of ${model.name === 'saved' ? 'a network that is drawn anew' : model.name} are random until they are trained.`,
      'Train for at least 1 epoch, or prune a trained network: "model": { "name": "saved", "path": ... }.',
    );
  if (prune.method === 'none') return finding('train.epochs is 0 and prune.method is "none": there is nothing to do.', 'Choose a method.');
  if ('schedule' in prune && prune.schedule.name === 'one-shot') return [];
  const why =
    'schedule' in prune
      ? `the schedule ${show(prune.schedule.name)} cuts after epochs`
      : `the method ${show(prune.method)} cuts after them`;
  return finding(
    `train.epochs is 0, and ${why}: nothing would be pruned.`,
    'Choose the schedule "one-shot", which cuts the network as it is, or train for some epochs.',
    'schedule' in prune ? [{ title: 'Choose the schedule "one-shot"', write: { name: 'one-shot' }, at: ['prune', 'schedule'] }] : [],
  );
}

function schedule({ written, experiment: { prune, train } }: Run): Finding[] {
  if (!('schedule' in prune) || prune.schedule.name === 'one-shot' || train.epochs === 0) return [];
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
