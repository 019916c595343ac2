import type { MeasuredStage, StageName } from '../../shared/report';
import { evaluate } from '../train/evaluate';
import type { Network } from '../train/network';
import type { Samples } from '../train/samples';
import { measureSize } from './size';
import { wilson95 } from './wilson';

/** One row of the stage table: the network's test error with its interval, and its size. */
export function measureStage(name: StageName, note: string, epoch: number | null, network: Network, test: Samples): MeasuredStage {
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
  };
}
