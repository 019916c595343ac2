/** Checks of the method that selects inputs. */
import { keepCount } from '../engine/schedules/keep';
import { error, noEffect, type Run } from './finding';
import type { Finding, Path } from './problems';
import type { InducedPrune } from './schema';

export function induced(run: Run): Finding[] {
  const { prune } = run.experiment;
  if (prune.method !== 'induced') return [];
  return [tooFewInputs, borders, restart, withoutEffect].flatMap((one) => one(run, prune));
}

function tooFewInputs({ layers }: Run, { keep }: InducedPrune): Finding[] {
  if (!layers?.areInputsCounted) return [];
  const { of, count } = layers.inputs;
  if (keepCount(keep, count) >= 1) return [];
  // The smallest fraction of which k = round(keep · count) is 1.
  const least = Math.ceil((0.5 / count) * 1e6) / 1e6;
  return [
    error({
      code: 'config/keep-too-small',
      path: ['prune', 'keep'],
      at: 'value',
      message: `prune.keep is ${keep}, which leaves 0 of the ${count} ${of === 'channels' ? 'channels of the image' : 'inputs'}; at least one must stay.`,
      remedy: `Keep at least ${least}.`,
      fixes: [{ title: `Write ${least}`, replace: least }],
    }),
  ];
}

function borders(run: Run, prune: InducedPrune): Finding[] {
  if (!run.layers) return [];
  const { firstConv } = run.layers;
  const path: Path = ['prune', 'borders'];
  const nothing = (because: string) => noEffect(run, path, because, 'Remove "borders".');
  if (!firstConv) return nothing('no convolution reads the inputs, so each of them can go by itself');
  const { kernel, padding, strides } = firstConv;
  // As many positions as the image has rows: with a row less there would be one less, whatever of the kernel is zero.
  if (padding === 'same' && strides[0] === 1 && strides[1] === 1)
    return nothing(
      `the first convolution pads the image and goes pixel by pixel, so that its rows and columns stay whatever its kernel gives up`,
    );
  const most = Math.min(...kernel) - 1;
  if (prune.borders <= most) return [];
  return [
    error({
      code: 'config/out-of-range',
      path,
      at: 'value',
      message: `prune.borders is ${prune.borders}, but of the ${Math.min(...kernel)} rows of the first convolution's kernel at least one must stay.`,
      remedy: `Give up ${most} at most.`,
      fixes: [{ title: `Write ${most}`, replace: most }],
    }),
  ];
}

function restart({ experiment: { fineTune } }: Run, prune: InducedPrune): Finding[] {
  if (prune.restart !== 'reinitialise' || fineTune) return [];
  return [
    error({
      code: 'config/reinitialised-without-fine-tune',
      path: ['prune', 'restart'],
      at: 'value',
      message: 'The smaller network begins with new weights, and nothing trains them: the experiment has no fineTune.',
      remedy: 'Add "fineTune" with as many epochs as training takes, or write "inherit".',
      fixes: [{ title: 'Write "inherit"', replace: 'inherit' }],
    }),
  ];
}

function withoutEffect(run: Run, { keep, hidden, criterion }: InducedPrune): Finding[] {
  return [
    ...(hidden === 1
      ? noEffect(run, ['prune', 'layers'], 'prune.hidden is 1, so no hidden layer is cut', 'Remove "layers", or choose hidden below 1.')
      : []),
    ...(keep === 1 ? noEffect(run, ['prune', 'criterion'], 'prune.keep is 1, so no input has to be chosen') : []),
    ...(keep < 1 && criterion.name === 'weights' && criterion.lambda === 1
      ? noEffect(
          run,
          ['prune', 'criterion', 'norm'],
          'prune.criterion.lambda is 1, so weights do not count',
          'Remove "norm", or choose a lambda below 1.',
        )
      : []),
  ];
}
