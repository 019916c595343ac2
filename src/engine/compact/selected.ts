import type { Graph } from '../nn/graph';
import { composeInputs, type KeptInputs } from '../nn/keptInputs';
import type { NetworkValues } from '../nn/values';
import { narrowInputs } from './inputs';
import { narrow, type Narrowed } from './narrow';

/** A compact network, and what it reads of a whole sample. */
export interface Compact extends Pick<Narrowed, 'graph' | 'values' | 'kept' | 'removed'> {
  /** null where it reads all. */
  selected: KeptInputs | null;
  /** As in `NarrowedInputs`. */
  limits: string[];
}

/**
 * The masked network without what it does not need.
 *
 * @param options.dropInputs may inputs go that nothing reads?
 * @param options.shape of a whole sample
 * @param options.read what the masked network itself reads of one; all where null
 */
export function compactOf(
  graph: Graph,
  values: NetworkValues,
  { dropInputs, shape, read }: { dropInputs: boolean; shape: readonly number[]; read: KeptInputs | null },
): Compact {
  if (!dropInputs) return { ...narrow(graph, values), selected: read, limits: [] };
  const { selected, ...narrowed } = narrowInputs(graph, values);
  return { ...narrowed, selected: read ? composeInputs(read, selected) : { ...selected, shape: [...shape] } };
}
