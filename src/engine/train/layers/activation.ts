import * as k from '../../kernels/ops';
import type { Layer } from './layer';

/** max(x, 0). */
export function relu(): Layer {
  return {
    rereads: 'output',
    state: null,
    forward: ([x]) => ({ output: k.relu(x!) }),
    backward: ({ dy, output }) => [k.reluGrad(dy, output)],
  };
}
