/**
 * The statistics of channel-level screening: one pass over training samples in inference mode, as they are and in their own order, in which
 * each channel's map is read and pooled to a number a sample (pruning by screening, section on channels; where a channel is read, and how it
 * is pooled, are options since the paper's choice is not known to us).
 *
 * Pooled values of all sites stand side by side, so that they have their class moments in a few native ops.
 */
import * as tf from '@tensorflow/tfjs';
import type { ChannelScreening } from '../../config/schema';
import { concat } from '../kernels/channels';
import { classMoments, readMoments } from '../kernels/moments';
import { biasAddGrad } from '../kernels/ops';
import { spatialMean } from '../kernels/pool';
import type { ChannelSite, Graph } from '../nn/graph';
import { shapes, volume } from '../nn/shapes';
import { ClassMoments, type FStatistics } from '../screening/moments';
import type { Network } from './network';
import type { Measurement, Observer } from './observer';
import { observePass } from './pass';
import type { Samples } from './samples';

export interface ChannelStatisticsOptions {
  criterion: Pick<ChannelScreening, 'feature' | 'pool' | 'samples'>;
  classes: number;
  /** Samples of a forward pass. */
  batch: number;
  /** Batch norms of the network. */
  sites: readonly ChannelSite[];
  signal?: AbortSignal;
}

/**
 * F of each channel, by site. In the pooling `spatial` every position is a sample of its own, so F and the number of samples grow with the
 * size of the map.
 *
 * @throws the signal's reason, between two batches; PruneError screening/too-few-samples, screening/one-class
 */
export async function gatherChannelStatistics(
  network: Network,
  samples: Samples,
  { criterion, classes, batch, sites, signal }: ChannelStatisticsOptions,
): Promise<Map<string, FStatistics>> {
  const pooled = new PooledMoments(network.graph, sites, classes, criterion);
  await observePass(network, samples, pooled, { batch, count: Math.min(criterion.samples ?? samples.count, samples.count), signal });
  return pooled.statistics();
}

/**
 * The node whose output is a site's channels. Without a ReLU right behind it, what comes out of the site is what the next layer reads.
 * Only batch norms have a `bn_in`.
 */
export function nodeRead(graph: Graph, site: string, feature: ChannelScreening['feature']): string {
  if (feature === 'bn_in') {
    const norm = graph.nodes.find(({ name }) => name === site);
    if (norm?.op !== 'batch-norm') throw new Error(`${site} is no batch norm`);
    return norm.from;
  }
  const relu = graph.nodes.find((node) => node.op === 'relu' && node.from === site);
  return feature === 'post_relu' && relu ? relu.name : site;
}

/** Bytes that the pass needs: the maps of a batch that are read, and in the pooling `spatial` their squared deviations; the pooled values. */
export function channelStatisticsBytes(
  graph: Graph,
  { criterion, classes, batch, sites }: Omit<ChannelStatisticsOptions, 'signal'>,
): number {
  const shapeOf = shapes(graph);
  const maps = [...new Set(sites.map(({ name }) => nodeRead(graph, name, criterion.feature)))].map((name) => volume(shapeOf.get(name)!));
  const features = sites.reduce((sum, { channels }) => sum + channels, 0);
  const pooled = 4 * 4 * batch * features + (4 + 8) * (classes + 1) * features;
  return 4 * batch * (maps.reduce((a, b) => a + b, 0) + 2 * Math.max(...maps)) + pooled;
}

/** Class moments of the pooled values of all sites, side by side. */
class PooledMoments implements Observer {
  private readonly moments: ClassMoments;
  /** Sum over the samples of the variance within their map; only where every position counts. */
  private readonly variance: Float64Array;
  /** Positions of each site's map, where each counts as a sample; else 1. */
  private readonly positions: readonly number[];
  private readonly measurement: Measurement;

  constructor(
    graph: Graph,
    private readonly sites: readonly ChannelSite[],
    private readonly classes: number,
    { feature, pool }: ChannelStatisticsOptions['criterion'],
  ) {
    const features = sites.reduce((sum, { channels }) => sum + channels, 0);
    this.moments = new ClassMoments(classes, features);
    this.variance = new Float64Array(features);
    const outputs = sites.map(({ name }) => nodeRead(graph, name, feature));
    const shapeOf = shapes(graph);
    this.positions = sites.map(({ channels }, s) => (pool === 'spatial' ? volume(shapeOf.get(outputs[s]!)!) / channels : 1));
    this.measurement = {
      key: `channels ${pool} ${outputs.join(' ')}`,
      outputs,
      of: (all, labels) => {
        const maps = outputs.map((name) => all.get(name)!);
        const values = maps.map((map) => pooledMap(map, pool));
        const moments = classMoments(concat(values, 'channels'), labels, classes);
        if (pool !== 'spatial') return [moments];
        const variances = maps.map((map, s) => varianceWithin(map, values[s]!));
        return [moments, concat(variances, 'channels')];
      },
    };
  }

  wants(): Measurement {
    return this.measurement;
  }

  observe(_: number, [moments, variances]: readonly tf.Tensor[], labels: Int32Array): void {
    this.moments.add(readMoments(moments!, labels));
    variances?.dataSync<'float32'>().forEach((variance, i) => (this.variance[i]! += variance));
  }

  statistics(): Map<string, FStatistics> {
    const { classes, moments, variance } = this;
    let from = 0;
    const bySite = this.sites.map(({ name, channels }, s): [string, FStatistics] => {
      const to = from + channels;
      // A sample of p positions with mean m and variance v: p values, whose squares about a class mean c sum to p·(v + (m - c)²).
      const p = this.positions[s]!;
      const own = new ClassMoments(classes, channels);
      const mean = new Float64Array(classes * channels);
      for (let c = 0; c < classes; c++)
        mean.set(moments.mean.subarray(c * moments.features + from, c * moments.features + to), c * channels);
      const within = Float64Array.from({ length: channels }, (_, i) => p * (moments.within[from + i]! + variance[from + i]!));
      own.merge({ n: moments.n.map((n) => n * p), mean, within });
      from = to;
      return [name, own.f()];
    });
    return new Map(bySite);
  }
}

/** A map [n, h, w, channels], or [n, channels] behind a dense layer, as [n, channels]. */
function pooledMap(map: tf.Tensor, pool: ChannelScreening['pool']): tf.Tensor {
  if (map.rank === 2) return map;
  return pool === 'max' ? tf.max(map, [1, 2]) : spatialMean(map);
}

/** Sum over the samples of the variance within their map, [channels]; `mean` is that of each map [n, channels]. */
function varianceWithin(map: tf.Tensor, mean: tf.Tensor): tf.Tensor {
  const [n, channels] = mean.shape as [number, number];
  if (map.rank === 2) return tf.zeros([channels]);
  return biasAddGrad(spatialMean(tf.squaredDifference(map, tf.reshape(mean, [n, 1, 1, channels]))));
}
