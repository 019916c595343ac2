/**
 * The statistics of channel-level screening: one pass over training samples in inference mode, as they are and in their own order, in which
 * each channel's map is read and pooled to a number a sample (pruning by screening, section on channels; where a channel is read, and how it
 * is pooled, are options since the paper's choice is not known to us).
 *
 * Pooled values of all sites stand side by side, and those of several batches below each other, before their class moments are taken, so
 * that the pass costs little more than an evaluation.
 */
import * as tf from '@tensorflow/tfjs';
import type { ChannelScreening } from '../../config/schema';
import { concat } from '../kernels/channels';
import { classMoments } from '../kernels/moments';
import { spatialMean } from '../kernels/pool';
import type { ChannelSite, Graph } from '../nn/graph';
import { shapes, volume } from '../nn/shapes';
import { ClassMoments, type FStatistics } from '../screening/moments';
import type { Network } from './network';
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

/** Rows of pooled values whose moments are taken at once. */
const CHUNK = 1024;

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
  const read = sites.map(({ name }) => nodeRead(network.graph, name, criterion.feature));
  const keep = new Set(read);
  const count = Math.min(criterion.samples ?? samples.count, samples.count);
  const sums = new PooledSums(sites, classes, criterion.pool);
  try {
    for (let from = 0; from < count; from += batch) {
      signal?.throwIfAborted();
      const to = Math.min(from + batch, count);
      tf.tidy(() => {
        const outputs = network.forward(samples.range(from, to), { keep });
        sums.add(
          read.map((name) => outputs.get(name)!),
          samples.labels.subarray(from, to),
        );
      });
      await new Promise(setImmediate);
    }
    return sums.statistics();
  } finally {
    sums.dispose();
  }
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
  const pooled = 4 * 4 * (CHUNK + batch) * features + 8 * (classes + 1) * features;
  return 4 * batch * (maps.reduce((a, b) => a + b, 0) + 2 * Math.max(...maps)) + pooled;
}

/** Class moments of the pooled values of all sites, side by side. */
class PooledSums {
  private readonly moments: ClassMoments;
  /** Sum over the samples of the variance within their map; only where every position counts. */
  private readonly variance: Float64Array;
  /** Positions of each site's map, where each counts as a sample; else 1. */
  private readonly positions: number[];
  private rows: tf.Tensor[] = [];
  private labels: number[] = [];

  constructor(
    private readonly sites: readonly ChannelSite[],
    private readonly classes: number,
    private readonly pool: ChannelScreening['pool'],
  ) {
    const features = sites.reduce((sum, { channels }) => sum + channels, 0);
    this.moments = new ClassMoments(classes, features);
    this.variance = new Float64Array(features);
    this.positions = sites.map(() => 1);
  }

  /** @param maps of each site: [n, h, w, channels], or [n, channels] behind a dense layer */
  add(maps: readonly tf.Tensor[], labels: Int32Array): void {
    const pooled = maps.map((map) => (map.rank === 2 ? map : this.pool === 'max' ? tf.max(map, [1, 2]) : spatialMean(map)));
    this.rows.push(tf.keep(concat(pooled, 'channels')));
    this.labels.push(...labels);
    if (this.pool === 'spatial') this.addVariances(maps, pooled);
    if (this.labels.length >= CHUNK) this.flush();
  }

  statistics(): Map<string, FStatistics> {
    this.flush();
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

  dispose(): void {
    tf.dispose(this.rows);
  }

  private flush(): void {
    if (this.rows.length === 0) return;
    const rows = tf.concat(this.rows, 0);
    const labels = tf.tensor1d(this.labels, 'int32');
    this.moments.add(classMoments(rows, labels, this.classes));
    tf.dispose([rows, labels, ...this.rows]);
    [this.rows, this.labels] = [[], []];
  }

  private addVariances(maps: readonly tf.Tensor[], means: readonly tf.Tensor[]): void {
    let from = 0;
    maps.forEach((map, s) => {
      const { channels } = this.sites[s]!;
      const [n, height, width] = map.shape as [number, number, number];
      if (map.rank === 4) {
        this.positions[s] = height * width;
        const mean = tf.reshape(means[s]!, [n, 1, 1, channels]);
        const sums = tf.sum(spatialMean(tf.squaredDifference(map, mean)), 0).dataSync<'float32'>();
        for (let i = 0; i < channels; i++) this.variance[from + i]! += sums[i]!;
      }
      from += channels;
    });
  }
}
