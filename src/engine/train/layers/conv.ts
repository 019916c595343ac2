import { convolution } from '../../kernels/conv';
import * as k from '../../kernels/ops';
import { weightShape, type ConvNode } from '../../nn/graph';
import type { LayerValues } from '../../nn/values';
import { REREADS, type Layer } from './layer';
import { LayerState } from './state';

/** A convolution of x [n, h, w, inputs], with a bias for each output channel where the node has one. */
export function conv(node: ConvNode, values: LayerValues): Layer {
  const state = new LayerState(node, values);
  const filterShape = weightShape(node);
  const op = convolution(node.strides, node.padding);
  return {
    rereads: REREADS.conv,
    state,
    forward([x]) {
      const filter = state.weights.read();
      const product = op.forward(x!, filter);
      filter.dispose();
      return { output: state.addBias(product) };
    },
    backward({ dy, inputs: [x], wanted, options }) {
      const filter = state.weights.read();
      const gradients = wanted ? [op.inputGradient(x!.shape, filter, dy)] : [];
      state.weights.update(op.filterGradient(x!, filterShape, dy), options, filter);
      state.bias?.update(k.biasAddGrad(dy), options);
      return gradients;
    },
  };
}
