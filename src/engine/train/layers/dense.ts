import * as k from '../../kernels/ops';
import type { DenseNode } from '../../nn/graph';
import type { LayerValues } from '../../nn/values';
import { REREADS, type Layer } from './layer';
import { LayerState } from './state';

/** y = x·W + b, for x [n, inputs] and W [inputs, outputs]. */
export function dense(node: DenseNode, values: LayerValues): Layer {
  const state = new LayerState(node, values);
  return {
    rereads: REREADS.dense,
    state,
    forward([x]) {
      const weights = state.weights.read();
      const product = k.matMul(x!, weights);
      weights.dispose();
      return { output: state.addBias(product) };
    },
    backward({ dy, inputs: [x], wanted, options }) {
      const weights = state.weights.read();
      const gradients = wanted ? [k.matMul(dy, weights, 'nt')] : [];
      state.weights.update(k.matMul(x!, dy, 'tn'), options, weights);
      state.bias?.update(k.biasAddGrad(dy), options);
      return gradients;
    },
  };
}
