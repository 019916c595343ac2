import type { Report } from '../../shared/report';
import type { Graph } from '../nn/graph';
import type { NetworkValues } from '../nn/values';

/** A network without the channels that nobody needs, and where what is left was in the network before. */
export interface Narrowed {
  graph: Graph;
  values: NetworkValues;
  /** By node (selections left out): which of its original channels it still gives, in order. */
  kept: ReadonlyMap<string, Int32Array>;
  /** By dense layer or convolution: which of its original input channels it still reads, in order. */
  inputs: ReadonlyMap<string, Int32Array>;
  removed: Report['removed'];
}

/** Two narrowings after one another as one, in the terms of the first one's original network. */
export function compose(first: Narrowed, second: Narrowed): Narrowed {
  const through = (before: ReadonlyMap<string, Int32Array>, after: ReadonlyMap<string, Int32Array>) =>
    new Map([...after].map(([name, channels]) => [name, channels.map((c) => before.get(name)![c]!)]));
  return {
    ...second,
    kept: through(first.kept, second.kept),
    inputs: through(first.inputs, second.inputs),
    removed: { neurons: composeRows(first, second), unusedInputs: second.removed.unusedInputs },
  };
}

function composeRows(first: Narrowed, second: Narrowed): Report['removed']['neurons'] {
  const rows = new Map(first.removed.neurons.map((row) => [row.layer, row]));
  for (const row of second.removed.neurons) {
    const before = rows.get(row.layer);
    rows.set(row.layer, before ? { ...row, before: before.before, folded: before.folded + row.folded } : row);
  }
  return [...second.inputs.keys()].flatMap((layer) => rows.get(layer) ?? []);
}
