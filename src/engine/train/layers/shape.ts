/** Layers without parameters that only move numbers: select, pad-channels, concat, flatten; and the sum of several. */
import * as tf from '@tensorflow/tfjs';
import { concat as join, padChannels, sliceChannels, split } from '../../kernels/channels';
import * as k from '../../kernels/ops';
import { selection } from '../../kernels/selection';
import type { Node } from '../../nn/graph';
import { putTogether, takenStatistics } from './knownStatistics';
import { REREADS, type Layer } from './layer';

type Of<Op extends Node['op']> = Extract<Node, { op: Op }>;

export function select(node: Of<'select'>): Layer {
  const op = selection(node.indices);
  return {
    rereads: REREADS.select,
    state: null,
    forward: ([x]) => ({ output: op.forward(x!) }),
    backward: ({ dy, inputs: [x] }) => [op.gradient(x!.shape.at(-1)!, dy)],
    dispose: () => op.dispose(),
  };
}

export function pad(node: Of<'pad-channels'>): Layer {
  return {
    rereads: REREADS['pad-channels'],
    state: null,
    forward: ([x]) => ({ output: padChannels(x!, node.before, node.after) }),
    backward: ({ dy, inputs: [x] }) => [sliceChannels(dy, node.before, x!.shape.at(-1)!)],
  };
}

/** @param normalised Does a batch norm read it? */
export function concat(normalised: boolean): Layer {
  return {
    rereads: REREADS.concat,
    state: null,
    forward(inputs, training) {
      const output = join(inputs, 'channels');
      if (training && normalised && output.rank === 4) putTogether(output, inputs.map(takenStatistics));
      return { output };
    },
    backward: ({ dy, inputs }) =>
      split(
        dy,
        inputs.map((x) => x.shape.at(-1)!),
        'channels',
      ),
  };
}

export function add(): Layer {
  return {
    rereads: REREADS.add,
    state: null,
    forward: ([first, ...others]) => {
      let sum = first!.clone();
      for (const x of others) {
        const next = k.add(sum, x);
        sum.dispose();
        sum = next;
      }
      return { output: sum };
    },
    backward: ({ dy, inputs }) => inputs.map(() => dy.clone()),
  };
}

export function flatten(): Layer {
  return {
    rereads: REREADS.flatten,
    state: null,
    forward: ([x]) => ({ output: tf.reshape(x!, [x!.shape[0], -1]) }),
    backward: ({ dy, inputs: [x] }) => [tf.reshape(dy, x!.shape)],
  };
}
