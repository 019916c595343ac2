/** Cuts to a cost of the whole network: plan, count and search. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Experiment } from '../../../src/config/schema';
import { compactCounter } from '../../../src/engine/compact/counter';
import { narrow } from '../../../src/engine/compact/narrow';
import { countGraph } from '../../../src/engine/nn/count';
import { densenet } from '../../../src/engine/nn/densenet';
import { channelSites, type Graph } from '../../../src/engine/nn/graph';
import { preResnet } from '../../../src/engine/nn/preresnet';
import { basicResnet, resnet18 } from '../../../src/engine/nn/resnet';
import { sitesNotSummed } from '../../../src/engine/nn/summed';
import { vgg } from '../../../src/engine/nn/vgg';
import { assertWithinReach, selectWithin, type Counter } from '../../../src/engine/prune/budget';
import { amount, counted, planTraining, weightsKept, type CostTarget } from '../../../src/engine/prune/plan';
import { selectWeights } from '../../../src/engine/prune/select';
import { stream } from '../../../src/engine/random';
import { count, uniform } from './arbitraries';
import { randomGraph, randomValues } from './randomNetworks';

const image = [32, 32, 3];

describe('a plan of cuts to a budget', () => {
  const whole = { params: 1_001, macs: 50_003 };
  const planned = (prune: object, epochs: number) =>
    planTraining(Experiment.parse({ data: { name: 'digits' }, train: { epochs, learningRate: 0.1 }, prune, name: 'x', seed: 0 }), {
      names: ['a', 'b'],
      totals: [30, 70],
      whole,
    });

  test('annealed, is a fraction of the cost that falls to what is asked for and is not passed', () => {
    fc.assert(
      fc.property(uniform(1e-3, 1), fc.integer({ min: 1, max: 40 }), fc.constantFrom('macs', 'params'), (keep, epochs, budget) => {
        const schedule = { name: 'logistic', end: 0.8 };
        const plan = planned({ method: 'channels', score: 'l1', keep, budget, schedule }, epochs);
        const targets = plan.map(({ target }) => target as CostTarget);
        expect(targets.every(({ over, of, whole: all }) => over === 'cost' && of === budget && all === whole[of])).toBe(true);
        const amounts = targets.map(amount);
        expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
        plan.forEach((epoch, e) => expect(amounts[e]).toBe(Math.floor(epoch.keep * whole[budget])));
        expect(amounts.at(-1)).toBe(Math.floor(keep * whole[budget]));
      }),
    );
  });

  test('cuts once after the last epoch, or in none', () => {
    const prune = { method: 'sglp-ib', keep: 0.4 };
    const targets = planned(prune, 3).map(({ target }) => target);
    expect(targets.map(amount)).toEqual([50_003, 50_003, 20_001]);
    expect(targets.every((t) => t.over === 'cost' && t.of === 'macs')).toBe(true);
    expect(planned(prune, 0)).toMatchObject([{ epoch: 0, keep: 0.4, target: { over: 'cost', of: 'macs', keep: 20_001 } }]);
  });

  test('of channels counts them, as ever; a cost has no count', () => {
    const plan = planned({ method: 'slimming', keep: 0.4 }, 2);
    expect(plan.map(({ target }) => target)).toEqual([
      { over: 'network', keep: 100 },
      { over: 'network', keep: 40 },
    ]);
    expect(weightsKept(plan[1]!.target)).toBe(40);
    expect(() => counted({ over: 'cost', of: 'macs', keep: 3, whole: 4 })).toThrow('no count');
  });
});

describe('the count of a compacted network', () => {
  test('is that of the network that compaction makes', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.constantFrom(0, 0.5, 0.9), fc.constantFrom(0, 0.4), (seed, channels, weights) => {
        const graph = randomGraph(seed);
        const sites = channelSites(graph);
        const values = randomValues(graph, seed, { channels: 0, weights });
        const rng = stream(seed, 'alive');
        const alive = sites.map((site) => Uint8Array.from({ length: site.channels }, () => (rng.uniform() < channels ? 0 : 1)));
        const masked = new Map(values);
        sites.forEach(({ name, op }, l) => {
          const before = values.get(name)!;
          const mask = before.mask.map((m, e) => m & alive[l]![e % alive[l]!.length]!);
          masked.set(name, op === 'batch-norm' ? { ...before, mask } : { ...before, mask, biasMask: alive[l]! });
        });
        const counter = compactCounter(graph, values, sites);
        const { macs, params } = countGraph(narrow(graph, masked).graph);
        expect(counter(alive)).toMatchObject({ macs, params });
      }),
      { numRuns: 100 },
    );
  });
});

describe('the search for how many channels stay', () => {
  const drawn = fc.record({
    widths: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
    seed: fc.nat(),
    floor: fc.integer({ min: 1, max: 3 }),
    keep: uniform(0, 1),
    coarse: fc.boolean(),
  });
  /** Layers of channels that cost what their layer and its neighbour make of them, as a convolution does. */
  function chain({ widths, seed, coarse }: { widths: number[]; seed: number; coarse: boolean }) {
    const rng = stream(seed, 'chain');
    const layers = widths.map((outputs, l) => ({
      name: `l${l}`,
      inputs: 1,
      outputs,
      weights: Float32Array.from({ length: outputs }, () => rng.normal()),
      mask: new Uint8Array(outputs).fill(1),
    }));
    const scores = layers.map(({ outputs }) => Float64Array.from({ length: outputs }, () => (coarse ? rng.int(3) : rng.normal())));
    const cost: Counter = (masks) => {
      const left = masks.map((mask) => count([mask]));
      const macs = left.reduce((sum, n, l) => sum + n * (l === 0 ? 3 : left[l - 1]!) * (l + 1), 0);
      return { macs, params: 0 };
    };
    return { layers, scores, cost, whole: cost(layers.map(({ mask }) => mask)).macs };
  }

  test('keeps as many of the best as fit, and not one more, but never less than the floors', () => {
    let [unreachable, reached] = [0, 0];
    fc.assert(
      fc.property(drawn, ({ floor, keep, ...rest }) => {
        const { layers, scores, cost, whole } = chain(rest);
        const target: CostTarget = { over: 'cost', of: 'macs', keep: Math.floor(keep * whole), whole };
        const selection = { layers, scores, scope: 'global' as const, floors: { layer: floor, output: 0 } };
        const at = (k: number) => selectWeights({ ...selection, target: { over: 'network', keep: k } });
        const least = layers.map(({ outputs }) => Uint8Array.from({ length: outputs }, (_, c) => (c < floor ? 1 : 0)));
        if (cost(least).macs > target.keep) {
          unreachable++;
          const sites = layers.map(({ name, outputs }) => ({ name, op: 'batch-norm' as const, channels: outputs }));
          const code = expect.objectContaining({ code: 'prune/budget-out-of-reach', where: 'prune.keep' });
          expect(() => selectWithin(selection, target, cost)).toThrow(code);
          expect(() => assertWithinReach(sites, floor, target, cost)).toThrow(code);
          return;
        }
        reached++;
        const { masks, floors } = selectWithin(selection, target, cost);
        expect(cost(masks).macs).toBeLessThanOrEqual(target.keep);
        const k = count(masks);
        expect({ masks, floors }).toEqual(at(k));
        if (k < layers.reduce((sum, { outputs }) => sum + outputs, 0)) expect(cost(at(k + 1).masks).macs).toBeGreaterThan(target.keep);
      }),
      { numRuns: 150 },
    );
    expect(Math.min(unreachable, reached)).toBeGreaterThan(20);
  });
});

describe('channels that structured lasso may cut', () => {
  const names = (graph: Graph) => sitesNotSummed(graph).map(({ name }) => name);
  test('are inside the blocks of a residual network, and all where no sum is of batch norms', () => {
    expect(names(basicResnet(20, image, 10))).toEqual([1, 2, 3].flatMap((s) => [1, 2, 3].map((b) => `stage${s}_block${b}_bn1`)));
    expect(names(resnet18(image, 10))).toHaveLength(8);
    for (const graph of [vgg(16, image, 10), preResnet(20, image, 10), densenet(13, { growth: 4 }, image, 10)])
      expect(sitesNotSummed(graph)).toEqual(channelSites(graph));
  });
});
