import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { plural } from '../../../src/shared/text';
import { bytes, coloursFor, duration, figures, short, table, wrap } from '../../../src/terminal/text';

const plain = picocolors.createColors(false);

test('numbers', () => {
  expect([0, 1, 999, 999.6, 266_200, 1_059_298, 999_600, 2.5e9].map(short)).toEqual(['0', '1', '999', '1k', '266k', '1.06M', '1M', '2.5G']);
  expect([0, 999, 1000, 1_065_640, 83_210].map(bytes)).toEqual(['0 B', '999 B', '1 kB', '1.07 MB', '83.2 kB']);
  expect([0, 3.8e-6, 0.000123, 0.4567, 23.23, 1234.5].map(figures)).toEqual(['0', '3.80e-6', '0.000123', '0.457', '23.2', '1,235']);
  expect([0, 9.94, 9.96, 59.4, 59.6, 3599.4, 3599.6, 7500].map(duration)).toEqual([
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 00 s',
    '59 min 59 s',
    '1 h 00 min',
    '2 h 05 min',
  ]);
  expect([plural(1, 'run'), plural(1200, 'run')]).toEqual(['1 run', '1,200 runs']);
});

test('a table aligns its columns and leaves no trailing spaces', () => {
  expect(
    table(
      [{ title: 'a' }, { title: 'n', align: 'right' }, { title: 'b' }],
      [
        ['x', '1', ''],
        ['longer', '1,000', 'y'],
      ],
      plain,
    ),
  ).toEqual(['a           n  b', 'x           1', 'longer  1,000  y']);
});

test('wrapping keeps every word and the width, but for a word that is longer', () => {
  const words = Array.from({ length: 60 }, (_, i) => 'w'.repeat(1 + ((i * 7) % 13)));
  const lines = wrap(words.join(' '));
  expect(lines.join(' ').split(/ +/)).toEqual(words);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  expect(wrap('x'.repeat(120))).toEqual(['x'.repeat(120)]);
});

test('colours only on a terminal that wants them', () => {
  const red = (isTTY: boolean, env: NodeJS.ProcessEnv) => coloursFor({ isTTY }, env).red('x') !== 'x';
  expect([red(true, {}), red(false, {}), red(true, { NO_COLOR: '1' }), red(true, { TERM: 'dumb' })]).toEqual([true, false, false, false]);
});
