import type { ChannelRow, Report } from '../../shared/report';
import type { ChannelSite, Graph } from '../nn/graph';
import { channelOrigins, type Producer } from '../nn/origins';
import { aliveChannels, type NetworkValues } from '../nn/values';

/** Channels in all and kept at each place where the run could cut them, and which convolutions made them. */
export function channelTable(graph: Graph, sites: readonly ChannelSite[], masked: NetworkValues): NonNullable<Report['channels']> {
  const origins = new Map(channelOrigins(graph).map((site) => [site.layer, site]));
  const layers = sites.map((site): ChannelRow => {
    const { stage, transition, producers } = origins.get(site.name)!;
    const alive = aliveChannels(site, masked);
    const kept = alive.reduce((a, b) => a + b, 0);
    const sources = sourcesOf(producers, alive);
    return { layer: site.name, total: site.channels, kept, keptFraction: kept / site.channels, stage, transition, sources };
  });
  const sum = (of: 'total' | 'kept') => layers.reduce((total, layer) => total + layer[of], 0);
  return { total: sum('total'), kept: sum('kept'), layers };
}

/** How many channels each producer made, and how many of them stay, in the order in which they are read. */
function sourcesOf(producers: readonly Producer[], alive: Uint8Array): ChannelRow['sources'] {
  const rows = new Map<string, ChannelRow['sources'][number]>();
  producers.forEach(({ layer, stage }, c) => {
    const row = rows.get(layer) ?? { layer, stage, total: 0, kept: 0 };
    rows.set(layer, { ...row, total: row.total + 1, kept: row.kept + alive[c]! });
  });
  return [...rows.values()];
}
