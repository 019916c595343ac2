import * as k from '../../kernels/ops';
import { REREADS, type Layer } from './layer';

/** max(x, 0). */
export function relu(): Layer {
  return {
    rereads: REREADS.relu,
    state: null,
    forward: ([x]) => ({ output: k.relu(x!) }),
    backward: ({ dy, output }) => [k.reluGrad(dy, output)],
  };
}
