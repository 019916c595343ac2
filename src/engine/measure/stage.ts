import type { Stage, StageName } from '../../shared/report';
import type { Measure } from '../../config/schema';
import { evaluate } from '../train/evaluate';
import type { Network } from '../train/network';
import type { Samples } from '../train/samples';
import { measureLatency } from './latency';
import { measureSize } from './size';
import { wilson95 } from './wilson';

/** One row of the stage table: the network's test error with its interval, its size, and the measured time of its forward pass. */
export function measureStage(
  name: StageName,
  note: string,
  epoch: number | null,
  network: Network,
  test: Samples,
  latency: Measure['latency'],
  threads: number,
): Stage {
  const values = network.values();
  const { errorCount, samples, loss } = evaluate(network, test);
  return {
    name,
    epoch,
    note,
    error: errorCount / samples,
    errorCount,
    samples,
    wilson95: wilson95(errorCount, samples),
    loss,
    ...measureSize(network.graph, values),
    latencyMs: measureLatency(network.graph, values, test, latency.batch, latency.repeats, threads),
  };
}
