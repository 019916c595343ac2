import { describe, expect, test } from 'vitest';
import { narrow, widen } from '../../../src/engine/compact/narrow';
import { densenet } from '../../../src/engine/nn/densenet';
import { channelSites, prunableLayers, type Graph } from '../../../src/engine/nn/graph';
import { lenet5 } from '../../../src/engine/nn/lenet5';
import { preResnet } from '../../../src/engine/nn/preresnet';
import { basicResnet } from '../../../src/engine/nn/resnet';
import { vgg } from '../../../src/engine/nn/vgg';
import { stream } from '../../../src/engine/random';
import { logits, randomSample } from '../nn/interpreter';
import { randomValues } from './randomNetworks';

const image = [8, 8, 3];
const networks: [string, Graph][] = [
  ['lenet-5', lenet5([16, 16, 1], 10)],
  ['vgg-16', vgg(16, image, 10)],
  ['resnet-20', basicResnet(20, image, 10)],
  ['preresnet-20', preResnet(20, image, 10)],
  ['densenet-13', densenet(13, { growth: 4 }, image, 10)],
];

describe.each(networks)('%s', (_name, graph) => {
  // A wide network is the test's time: one cut of it says what several would.
  const wide = prunableLayers(graph).some(({ inputs, outputs }) => inputs * outputs > 200_000);
  test.each(wide ? [0.6] : [0, 0.3, 0.6, 0.9])('%f of the channels off', (channels) => {
    const values = randomValues(graph, 1, { channels, weights: 0 });
    const x = randomSample(graph, stream(1, 'x'));
    const before = logits(graph, values, x);
    const scale = Math.max(...before.map(Math.abs));
    for (const keepAlive of [true, false]) {
      const narrowed = narrow(graph, values, { keepAlive });
      const after = logits(narrowed.graph, narrowed.values, x);
      before.forEach((v, c) => expect(Math.abs(v - after[c]!)).toBeLessThanOrEqual(1e-5 * scale));
      for (const { name } of channelSites(graph)) {
        const { mask, biasMask, mean } = values.get(name)!;
        const alive = mean ? mask : (biasMask ?? new Uint8Array(narrowed.kept.get(name)!.length).fill(1));
        const expected = [...alive.keys()].filter((c) => alive[c] === 1);
        if (keepAlive) expect([...narrowed.kept.get(name)!]).toEqual(expect.arrayContaining(expected));
      }
      if (channels === 0) expect(narrowed.graph).toEqual(graph);
      if (!wide) expect(narrow(graph, widen(narrowed, graph), { keepAlive }).graph).toEqual(narrowed.graph);
    }
  });
});
