import { describe, expect, test } from 'vitest';
import { layersCsv } from '../../../src/engine/report/masks';
import { shortKey } from '../../../src/shared/keys';
import { sample } from '../../../src/shared/sample';
import { integer, plural } from '../../../src/shared/text';
import { lenetReport } from '../../fixtures/report';

describe('a short key', () => {
  test('is the shortest end that belongs to one key alone', () => {
    const keys = ['train.schedule.name', 'prune.schedule.name', 'prune.keep', 'keep', 'data.upkeep'];
    // `keep` is a key itself, so it cannot stand for prune.keep; upkeep only ends in the same letters.
    expect(keys.map((key) => shortKey(key, keys))).toEqual(['train.schedule.name', 'prune.schedule.name', 'prune.keep', 'keep', 'upkeep']);
    expect(shortKey('prune.criterion.lambda', ['prune.criterion.lambda'])).toBe('lambda');
  });
});

describe('a sample', () => {
  test('has the mean, and the deviation over n - 1', () => {
    expect(sample([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
    expect(sample([3])).toEqual({ mean: 3, deviation: null });
    expect(sample([])).toBeNull();
  });
});

describe('whole numbers', () => {
  test('are grouped, and counted with their noun', () => {
    expect([0, 999.6, 266_200, -1234].map(integer)).toEqual(['0', '1,000', '266,200', '-1,234']);
    expect([plural(0, 'run'), plural(1, 'run'), plural(2000, 'run'), plural(2, 'layer is', 'layers are')]).toEqual([
      '0 runs',
      '1 run',
      '2,000 runs',
      '2 layers are',
    ]);
  });
});

describe('layers.csv', () => {
  const { layers } = lenetReport();

  test('has a line for each layer', () => {
    expect(layersCsv(layers).split('\n')).toEqual([
      'layer,type,shape,compact shape,weights,kept,kept fraction',
      `fc1,dense,784x300,412x170,235200,9931,${9931 / 235_200}`,
      `fc2,dense,300x100,170x88,30000,3050,${3050 / 30_000}`,
      'fc3,dense,100x10,88x10,1000,329,0.329',
      '',
    ]);
  });
});
