import { trainEpoch } from '../../src/engine/train/epoch';
import type { Network } from '../../src/engine/train/network';
import type { Samples } from '../../src/engine/train/samples';
import type { makeGatherer } from '../../src/engine/train/statistics';

/** One epoch by the engine's own training loop, at batch 128; with a gatherer, to the statistics of that epoch. */
export async function oneEpoch(
  network: Network,
  samples: Samples,
  { epoch, learningRate, gatherer }: { epoch: number; learningRate: number; gatherer: ReturnType<typeof makeGatherer> | null },
): Promise<void> {
  await trainEpoch(network, samples, {
    phase: 'bench',
    epoch,
    seed: 0,
    batch: 128,
    learningRate,
    momentum: 0.9,
    nesterov: true,
    weightDecay: 5e-4,
    gammaPenalty: 0,
    augment: false,
    signal: new AbortController().signal,
    observer: gatherer ?? undefined,
  });
  gatherer?.statistics();
  gatherer?.forget(0);
}
