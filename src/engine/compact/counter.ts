/** What a network would cost once compacted, for many masks of its channels: no weight is touched but to see once which there are. */
import { countGraph } from '../nn/count';
import type { ChannelSite, Graph } from '../nn/graph';
import type { NetworkValues } from '../nn/values';
import type { Counter } from '../prune/budget';
import { connections } from './connections';
import { narrowGraph } from './narrow';
import { wire } from './wiring';

/**
 * @param values of the whole network; masks of the sites are not looked at
 * @param sites whose channels the masks are of, in order
 */
export function compactCounter(graph: Graph, values: NetworkValues, sites: readonly ChannelSite[]): Counter {
  const wiring = wire(graph);
  const reads = connections(graph, values, false);
  return (masks) => {
    const masked: NetworkValues = new Map(values);
    const maskedReads = new Map(reads);
    sites.forEach(({ name, op }, l) => {
      const alive = masks[l]!;
      const before = values.get(name)!;
      if (op === 'batch-norm') masked.set(name, { ...before, mask: alive });
      else {
        masked.set(name, { ...before, biasMask: alive, mask: columns(before.mask, alive) });
        maskedReads.set(name, columns(reads.get(name)!, alive));
      }
    });
    return countGraph(narrowGraph(graph, masked, wiring, maskedReads));
  };
}

/** What of a matrix [rows × outputs] is in the columns of the outputs that are alive. */
const columns = (matrix: Uint8Array, alive: Uint8Array): Uint8Array => matrix.map((m, e) => m & alive[e % alive.length]!);
