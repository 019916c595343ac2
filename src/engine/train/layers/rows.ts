/**
 * A selection from a concatenation, without the concatenation: each of its parts gives its channels as rows, once for all selections, and a
 * selection picks rows and puts them one after another.
 */
import * as tf from '@tensorflow/tfjs';
import { concat, split } from '../../kernels/channels';
import { fromRows, identityFor, rowPicker, rowReturner, toRows } from '../../kernels/rows';
import { knownStatistics, putTogether, takenStatistics } from './knownStatistics';
import type { Layer } from './layer';

/**
 * x [..., channels] as [channels, ...]. Its gradient comes as rows that were picked, one reader's after the other's: `picked`, the channel
 * of each, in the order in which they come. `normalised`: does a batch norm read a selection of them?
 */
export function rows(channels: number, picked: readonly number[], normalised: boolean): Layer {
  const op = picked.length > 0 ? rowReturner(picked, channels) : null;
  return {
    rereads: 'nothing',
    state: null,
    forward([x], training) {
      const output = toRows(x!);
      if (training && normalised && x!.rank === 4) putTogether(output, [takenStatistics(x!)]);
      return { output };
    },
    backward: ({ dy, inputs: [x] }) => [op ? op.forward(dy) : tf.zeros(x!.shape)],
    dispose: () => op?.dispose(),
  };
}

/** Rows to be picked from one input of so many. */
export interface Pick {
  indices: readonly number[];
  count: number;
}

/** Picks rows of each input, puts them one after another [k, ...], and gives them as [..., k]. Its gradients are those of the rows that it picked. */
export function rowSelect(picks: readonly Pick[]): Layer {
  const sizes = picks.map(({ indices }) => indices.length);
  const pickers = picks.map(({ indices, count }) => (indices.length > 0 ? rowPicker(indices, count) : null));
  const identity = identityFor(sizes.reduce((a, b) => a + b, 0));
  return {
    rereads: 'nothing',
    state: null,
    forward(inputs) {
      const pick = (from: readonly tf.Tensor[]) => from.flatMap((x, i) => pickers[i]?.forward(x) ?? []);
      const output = tf.tidy(() => fromRows(concat(pick(inputs), 'rows'), identity));
      const statistics = inputs.flatMap((x) => knownStatistics(x) ?? []);
      if (statistics.length === inputs.length) {
        const [means, variances] = [pick(statistics.map(({ mean }) => mean)), pick(statistics.map(({ variance }) => variance))];
        putTogether(
          output,
          means.map((mean, i) => ({ mean, variance: variances[i]! })),
        );
      }
      return { output };
    },
    backward: ({ dy }) => tf.tidy(() => split(toRows(dy), sizes, 'rows')),
    dispose: () => [...pickers, identity].forEach((part) => part?.dispose()),
  };
}
