import { channelSites, readersOf, type ChannelSite, type Graph, type Node } from './graph';

/**
 * The places of channel-level pruning but for those whose output is summed into a residual stream, through a ReLU, a pool and the like or
 * not: the stream has the channel whoever adds to it, so that nothing goes with the channels of one of them.
 */
export function sitesNotSummed(graph: Graph): ChannelSite[] {
  const readers = readersOf(graph);
  const isSummed = (name: string): boolean =>
    readers.get(name)!.some((reader) => reader.op === 'add' || (passesOn(reader) && isSummed(reader.name)));
  return channelSites(graph).filter(({ name }) => !isSummed(name));
}

const passesOn = ({ op }: Node): boolean => op !== 'dense' && op !== 'conv' && op !== 'batch-norm';
