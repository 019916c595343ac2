/**
 * The masks of the best 5% of many scores.
 *
 * select: by scores that are given, in layers of a million, with the floors that a run has
 * rank:   the same, and before that the scores of weight-level screening, ranks of F and of |w|
 *
 * node select.js select|rank COUNT
 */
import { Screening } from '../../src/config/schema';
import { screeningScores } from '../../src/engine/criteria/screening';
import type { PrunableWeights } from '../../src/engine/prune/layer';
import { selectWeights } from '../../src/engine/prune/select';
import { spread } from '../shared/numbers';
import { serve } from '../shared/serve';

const LAYER = 1_000_000;
const INPUTS = 1000;
const KEEP = 0.05;

async function main(): Promise<void> {
  const [mode = 'select', countWanted = '15000000'] = process.argv.slice(2);
  const count = Number(countWanted);
  const keep = Math.round(KEEP * count);
  const layers = Array.from({ length: Math.ceil(count / LAYER) }, (_, l): PrunableWeights => {
    const size = Math.min(LAYER, count - l * LAYER);
    return {
      name: `fc${l + 1}`,
      inputs: INPUTS,
      outputs: size / INPUTS,
      weights: Float32Array.from({ length: size }, (_, i) => spread(l * LAYER + i)),
      mask: new Uint8Array(size).fill(1),
    };
  });
  const given = layers.map(({ weights }) => Float64Array.from(weights, Math.abs));
  const statistics = new Map(
    layers.map(({ name }, l) => {
      const f = Float64Array.from({ length: INPUTS }, (_, i) => Math.abs(spread(l * INPUTS + i)));
      return [name, { f, etaSquared: f, classes: 10, samples: 1000 }];
    }),
  );
  const criterion = Screening.parse({});
  let masks: Uint8Array[] = [];
  const once = () => {
    const scores = mode === 'rank' ? screeningScores(layers, criterion, statistics) : given;
    ({ masks } = selectWeights({
      layers,
      scores,
      target: { over: 'network', keep },
      scope: 'global',
      floors: { layer: 1, output: 1 },
      outputLayer: layers.at(-1)!.name,
    }));
  };
  /** How many stay, and of those that stay the sum of |w|. */
  const told = () => {
    let [kept, sum] = [0, 0];
    masks.forEach((mask, l) => mask.forEach((m, e) => m === 1 && (kept++, (sum += given[l]![e]!))));
    return [kept, sum];
  };
  // Ranks take long, and have nothing to warm up.
  const pace = mode === 'rank' ? { warmUps: 0, times: 1 } : { warmUps: 1 };
  await serve(once, { ...pace, more: () => ({ same: told() }) });
}

void main();
