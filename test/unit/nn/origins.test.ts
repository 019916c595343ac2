import { describe, expect, test } from 'vitest';
import { Model } from '../../../src/config/schema';
import { architecture } from '../../../src/engine/nn/architectures';
import { channelSites, type Graph } from '../../../src/engine/nn/graph';
import { channelOrigins, type SiteOrigins } from '../../../src/engine/nn/origins';
import { conv, graphOf, input, norm } from './graphs';

const network = (change: object, image = [32, 32, 3]) => architecture(Model.parse(change), image, 10);

/** `16 of stem_conv (1)` for channels next to each other with one producer. */
function runs({ producers }: SiteOrigins): string[] {
  const found: { text: string; count: number }[] = [];
  for (const { layer, stage } of producers) {
    const text = `${layer} (${stage})`;
    if (found.at(-1)?.text === text) found.at(-1)!.count++;
    else found.push({ text, count: 1 });
  }
  return found.map(({ text, count }) => `${count} of ${text}`);
}
const at = (graph: Graph, layer: string) => channelOrigins(graph).find((site) => site.layer === layer)!;

describe('DenseNet-40', () => {
  const graph = network({ name: 'densenet-40' });
  const sites = channelOrigins(graph);

  test('39 sites, transitions at the 13th and the 26th', () => {
    expect(sites).toHaveLength(39);
    expect(sites.flatMap(({ transition }, i) => (transition ? [i + 1] : []))).toEqual([13, 26]);
    expect(sites.map(({ stage }) => stage)).toEqual([1, 2, 3].flatMap((block) => Array<number>(13).fill(block)));
  });

  test('channels come from the layers of the block and from what was before it', () => {
    expect(runs(at(graph, 'block1_layer3_bn'))).toEqual([
      '24 of stem_conv (1)',
      '12 of block1_layer1_conv (1)',
      '12 of block1_layer2_conv (1)',
    ]);
    expect(runs(at(graph, 'block2_layer2_bn'))).toEqual(['168 of transition1_conv (1)', '12 of block2_layer1_conv (2)']);
    expect(runs(at(graph, 'final_bn'))).toHaveLength(13);
  });
});

test('pre-activation ResNet: a residual channel is the latest convolution that added to it', () => {
  const graph = network({ name: 'resnet-164' });
  expect(runs(at(graph, 'stage1_block1_bn1'))).toEqual(['16 of stem_conv (1)']);
  expect(runs(at(graph, 'stage2_block1_bn1'))).toEqual(['64 of stage1_block18_conv3 (1)']);
  expect(at(graph, 'stage2_block1_bn1').stage).toBe(2);
  expect(runs(at(graph, 'stage2_block5_bn2'))).toEqual(['32 of stage2_block5_conv1 (2)']);
  expect(at(graph, 'final_bn')).toMatchObject({ stage: 3, transition: false });
  expect(channelOrigins(graph).some(({ transition }) => transition)).toBe(false);
});

test('without batch norms the layers themselves are the sites', () => {
  const sites = channelOrigins(network({ name: 'lenet-5' }, [28, 28, 1]));
  expect(sites.map((site) => [site.layer, site.stage, ...runs(site)])).toEqual([
    ['conv1', 1, '20 of conv1 (1)'],
    ['conv2', 2, '50 of conv2 (2)'],
    ['fc1', 3, '500 of fc1 (3)'],
  ]);
});

describe('a network whose names say nothing', () => {
  const graph = graphOf(
    input([8, 8, 3]),
    conv('a', 'input', 3, 2),
    { op: 'pad-channels', name: 'zeros', from: 'a', before: 1, after: 1 },
    conv('b', 'a', 2, 4, { strides: [2, 2] }),
    { op: 'max-pool', name: 'half', from: 'zeros', size: [1, 1], strides: [2, 2], padding: 'valid' },
    { op: 'add', name: 'sum', from: ['half', 'b'] },
    { op: 'select', name: 'some', from: 'sum', indices: [3, 1] },
    norm('n1', 'some', 2),
    { op: 'relu', name: 'r', from: 'n1' },
    conv('c', 'r', 2, 3),
    { op: 'concat', name: 'both', from: ['c', 'sum'] },
    norm('n2', 'both', 7),
    { op: 'relu', name: 'r2', from: 'n2' },
    conv('d', 'r2', 7, 2),
    { op: 'average-pool', name: 'quarter', from: 'd', size: [2, 2], strides: [2, 2], padding: 'valid' },
    { op: 'flatten', name: 'flat', from: 'quarter' },
    norm('n3', 'flat', 8),
    { op: 'dense', name: 'fc', from: 'n3', inputs: 8, outputs: 2, bias: true },
  );

  test('each stride starts a stage; zeros of a sum are whoever adds to them', () => {
    expect(channelOrigins(graph).map((site) => [site.layer, site.stage, site.transition, ...runs(site)])).toEqual([
      ['n1', 2, false, '1 of b (2)', '1 of a (1)'],
      ['n2', 2, true, '3 of c (2)', '1 of b (2)', '2 of a (1)', '1 of b (2)'],
      ['n3', 3, false, '8 of d (2)'],
    ]);
  });

  test('the sites are those that can be cut', () => {
    expect(channelOrigins(graph).map(({ layer, producers }) => [layer, producers.length])).toEqual(
      channelSites(graph).map(({ name, channels }) => [name, channels]),
    );
  });
});
