import { channelSites, type Graph } from '../../src/engine/nn/graph';
import type { NetworkValues } from '../../src/engine/nn/values';
import { stream } from '../../src/engine/random';
import { initialValues } from '../../src/engine/train/initial';

/** Initial values of a network of which each site has lost all but the fraction `keep` of its channels, drawn at random. */
export function cutAtRandom(graph: Graph, keep: number): NetworkValues {
  const values = initialValues(graph, 0);
  const rng = stream(7, 'cut');
  for (const { name, channels } of channelSites(graph)) {
    const { weights, bias, ...rest } = values.get(name)!;
    const mask = new Uint8Array(channels);
    for (const c of rng.permutation(channels).slice(0, Math.round(channels * keep))) mask[c] = 1;
    values.set(name, { ...rest, weights: weights.map((w, c) => w * mask[c]!), bias: bias.map((b, c) => b * mask[c]!), mask });
  }
  return values;
}
