/** Counts against the published networks (exact counts of the PyTorch implementations) and against closed forms. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Model } from '../../../src/config/schema';
import { architecture } from '../../../src/engine/nn/architectures';
import { countGraph } from '../../../src/engine/nn/count';
import type { BatchNormNode, ConvNode, Graph } from '../../../src/engine/nn/graph';
import { shapes } from '../../../src/engine/nn/shapes';

const model = (change: object) => Model.parse(change);
const network = (change: object, image: readonly number[] = [32, 32, 3], classes = 10) => architecture(model(change), image, classes);
const norms = (graph: Graph) => graph.nodes.filter((node): node is BatchNormNode => node.op === 'batch-norm');
const channelsOf = (change: object) => norms(network(change)).map((node) => node.channels);

describe('published counts', () => {
  test.each([
    // Liu et al. 2017 (20.04M, 7.97e8 operations of which two are a multiply-accumulate).
    [{ name: 'vgg-19' }, { channels: 5504, params: 20_035_018, macs: 398_136_320 }],
    // 14,710,464 weights of the convolutions, 8,448 scales and shifts, 5,130 of the dense layer.
    [{ name: 'vgg-16' }, { channels: 4224, params: 14_724_042, macs: 313_201_664 }],
    // Liu et al. 2017 (1.70M); 12,112 channels as their configurations list them.
    [{ name: 'resnet-164' }, { channels: 12_112, params: 1_703_258, macs: 247_646_720 }],
    [{ name: 'densenet-40' }, { channels: 9360, params: 1_059_298, macs: 282_917_328 }],
    [
      { name: 'densenet-40', init: 16 },
      { channels: 9048, params: 1_019_722, macs: 264_812_928 },
    ],
  ])('%j', (change, counts) => expect(countGraph(network(change))).toEqual(counts));

  test.each([
    [20, 219_482, 33.7],
    [29, 312_218, 47.1],
    [56, 590_426, 87.2],
    [110, 1_146_842, 167.4],
  ])('pre-activation ResNet-%i', (depth, params, millions) => {
    const { macs, ...counts } = countGraph(network({ name: 'preresnet', depth }));
    expect(counts).toEqual({ params, channels: (672 * (depth - 2)) / 9 + 16 });
    expect((macs / 1e6).toFixed(1)).toBe(millions.toFixed(1));
  });

  // He et al. 2016, table 6: 0.27M, 0.85M and 1.7M.
  test.each([
    [20, 269_722, 40.6],
    [56, 853_018, 125.5],
    [110, 1_727_962, 252.9],
  ])('basic ResNet-%i', (depth, params, millions) => {
    const named = network({ name: `resnet-${depth}` });
    expect(named).toEqual(network({ name: 'resnet', depth }));
    const counts = countGraph(named);
    expect(counts.params).toBe(params);
    expect((counts.macs / 1e6).toFixed(1)).toBe(millions.toFixed(1));
  });

  // Of the same network in PyTorch, by hooks on its convolutions and its linear layer.
  test('ResNet-18', () => {
    expect(countGraph(network({ name: 'resnet-18' }))).toMatchObject({ params: 11_173_962, macs: 555_422_720 });
    expect(countGraph(network({ name: 'resnet-18' }, [224, 224, 3], 1000))).toMatchObject({ params: 11_689_512, macs: 1_814_073_344 });
  });

  // Han et al. 2015: 431K and 267K.
  test('LeNets', () => {
    expect(countGraph(network({ name: 'lenet-5' }, [28, 28, 1]))).toEqual({ params: 431_080, macs: 2_293_000, channels: 570 });
    expect(countGraph(network({ name: 'lenet-300-100' }, [28, 28, 1]))).toEqual({ params: 266_610, macs: 266_200, channels: 400 });
  });
});

describe('channels, batch norm by batch norm', () => {
  test('VGG-19', () => {
    const widths = [64, 64, 128, 128, ...Array<number>(4).fill(256), ...Array<number>(8).fill(512)];
    expect(channelsOf({ name: 'vgg-19' })).toEqual(widths);
  });

  test('pre-activation ResNets: 672n + 16 over 9n + 1 batch norms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), (n) => {
        const channels = channelsOf({ name: 'preresnet', depth: 9 * n + 2 });
        expect(channels.slice(0, 3)).toEqual([16, 16, 16]);
        expect(channels.slice(3 * n, 3 * n + 3)).toEqual([64, 32, 32]);
        expect(channels.slice(6 * n, 6 * n + 3)).toEqual([128, 64, 64]);
        expect(channels.at(-1)).toBe(256);
        expect(channels).toHaveLength(9 * n + 1);
        expect(channels.reduce((a, b) => a + b)).toBe(672 * n + 16);
      }),
      { numRuns: 15 },
    );
  });

  test('DenseNets: block b, layer i reads init + bnk + ik channels; 3k(n + 1)(2 + 1.5n) at init 2k', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 40 }),
        fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
        (n, growth, init) => {
          const channels = channelsOf({ name: 'densenet', depth: 3 * n + 4, growth, ...(init !== undefined && { init }) });
          const first = init ?? 2 * growth;
          expect(channels).toEqual([0, 1, 2].flatMap((b) => Array.from({ length: n + 1 }, (_, i) => first + b * n * growth + i * growth)));
          if (init === undefined) expect(channels.reduce((a, b) => a + b)).toBe(3 * growth * (n + 1) * (2 + 1.5 * n));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('every model', () => {
  const ALL = [
    ...[
      'lenet-300-100',
      'lenet-5',
      'vgg-16',
      'vgg-19',
      'resnet-18',
      'resnet-20',
      'resnet-56',
      'resnet-110',
      'resnet-164',
      'densenet-40',
    ].map((name) => ({ name })),
    { name: 'mlp', hidden: [30, 20] },
    { name: 'resnet', depth: 32 },
    { name: 'preresnet', depth: 11 },
    { name: 'densenet', depth: 10, growth: 5, init: 7 },
  ];

  test('fits together for images of any size and any number of classes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL),
        fc.integer({ min: 16, max: 100 }),
        fc.integer({ min: 16, max: 100 }),
        fc.constantFrom(1, 3),
        fc.integer({ min: 2, max: 300 }),
        (change, height, width, depth, classes) => {
          const graph = network(change, [height, width, depth], classes);
          const shapeOf = shapes(graph);
          expect(shapeOf.get(graph.nodes.at(-1)!.name)).toEqual([classes]);
          for (const shape of shapeOf.values()) expect(Math.min(...shape)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(ALL)('$name: names are short, unique and good as file names; batch norms follow convolutions without a bias', (change) => {
    const graph = network(change);
    const names = graph.nodes.map((node) => node.name);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][\w.-]{0,39}$/);
    expect(graph.description.length).toBeGreaterThan(5);
    for (const { epsilon, momentum } of norms(graph)) expect([epsilon, momentum]).toEqual([1e-5, 0.1]);
    const read = new Map(graph.nodes.map((node) => [node.name, node]));
    for (const { from } of norms(graph)) {
      const source = read.get(from)!;
      if (source.op === 'conv') expect(source.bias).toBe(false);
    }
  });

  test('the schema names no other', () => {
    const names = Model.options.map((option) => option.shape.name.value);
    expect(new Set(ALL.map(({ name }) => name))).toEqual(new Set(names.filter((name) => name !== 'saved')));
  });
});

describe('structure', () => {
  const node = (graph: Graph, name: string) => graph.nodes.find((n) => n.name === name)!;

  test('a VGG leaves out the pools that an image is too small for', () => {
    const pools = (size: number) => network({ name: 'vgg-16' }, [size, size, 3]).nodes.filter(({ op }) => op === 'max-pool').length;
    expect([1, 2, 3, 4, 8, 16, 32, 64].map(pools)).toEqual([0, 1, 1, 2, 3, 4, 4, 4]);
  });

  test('the shortcut of a basic ResNet takes every second pixel and puts zeros on both sides', () => {
    const graph = network({ name: 'resnet-20' });
    expect(node(graph, 'stage2_block1_shortcut_pool')).toMatchObject({
      op: 'max-pool',
      from: 'stage1_block3_relu2',
      size: [1, 1],
      strides: [2, 2],
    });
    expect(node(graph, 'stage3_block1_shortcut_pad')).toMatchObject({ op: 'pad-channels', before: 16, after: 16 });
    expect(node(graph, 'stage3_block1_add')).toMatchObject({ from: ['stage3_block1_bn2', 'stage3_block1_shortcut_pad'] });
    expect(shapes(graph).get('stage3_block3_add')).toEqual([8, 8, 64]);
  });

  test('ResNet-18 quarters large images first', () => {
    const stem = (size: number) => (node(network({ name: 'resnet-18' }, [size, size, 3]), 'stem_conv') as ConvNode).kernel;
    expect([32, 64, 65, 224].map((size) => stem(size)[0])).toEqual([3, 3, 7, 7]);
    expect(shapes(network({ name: 'resnet-18' }, [224, 224, 3])).get('stage4_block2_add')).toEqual([7, 7, 512]);
  });

  test('a pre-activation block: the shortcut reads what the block reads, the stride is at the convolution 3×3', () => {
    const graph = network({ name: 'resnet-164' });
    expect(node(graph, 'stage2_block1_shortcut_conv')).toMatchObject({ from: 'stage1_block18_add', kernel: [1, 1], strides: [2, 2] });
    expect(node(graph, 'stage2_block1_conv1')).toMatchObject({ strides: [1, 1], kernel: [1, 1] });
    expect(node(graph, 'stage2_block1_conv2')).toMatchObject({ strides: [2, 2], kernel: [3, 3] });
    expect(node(graph, 'stage2_block2_add')).toMatchObject({ from: ['stage2_block2_conv3', 'stage2_block1_add'] });
  });
});

describe('samples that a network cannot read', () => {
  const code = (change: object, image: readonly number[]) => {
    try {
      network(change, image);
      return null;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };

  test('rows of features', () => {
    for (const name of ['vgg-16', 'resnet-18', 'resnet-20', 'resnet-164', 'densenet-40', 'lenet-5'])
      expect(code({ name }, [784])).toBe('model/not-an-image');
    expect(code({ name: 'lenet-300-100' }, [784])).toBeNull();
    expect(shapes(network({ name: 'mlp', hidden: [5] }, [20], 4)).get('fc1')).toEqual([5]);
  });

  test('images that are too small', () => {
    expect(code({ name: 'lenet-5' }, [15, 28, 1])).toBe('model/image-too-small');
    expect(code({ name: 'lenet-5' }, [16, 16, 1])).toBeNull();
    expect(code({ name: 'resnet-18' }, [8, 7, 3])).toBe('model/image-too-small');
    expect(code({ name: 'densenet-40' }, [3, 3, 3])).toBe('model/image-too-small');
    for (const name of ['densenet-40', 'resnet-164', 'resnet-20']) expect(code({ name }, [4, 4, 3])).toBeNull();
  });
});
