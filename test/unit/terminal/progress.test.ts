import { PassThrough } from 'node:stream';
import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/shared/protocol';
import type { HistoryRow } from '../../../src/shared/report';
import { barProgress, jsonProgress, lineProgress } from '../../../src/terminal/progress';

const plain = picocolors.createColors(false);
const one = [{ folder: '/runs/a', label: null }];
const two = [
  { folder: '/runs/a', label: 'seed=0' },
  { folder: '/runs/b', label: 'seed=1' },
];

const row = (epoch: number): HistoryRow => ({
  phase: 'train',
  epoch,
  learningRate: 0.1,
  keep: 0.5,
  kept: 133_100,
  trainLoss: 0.1234,
  trainError: 0.0234,
  validationLoss: 0.1,
  validationError: 0.025,
  testError: null,
  tensors: 9,
  seconds: 1,
});
const epoch = (n: number, epochs: number): Event => ({ type: 'epoch', epochs, total: epochs, row: row(n) });
const batch = (n: number, epochs: number): Event => ({
  type: 'batch',
  phase: 'train',
  epoch: n,
  epochs,
  batch: 100,
  batches: 391,
  loss: 0.5,
  secondsLeft: 75,
});
const stage: Event = { type: 'stage', name: 'train', detail: 'training and pruning' };
const failure = { code: 'client/engine-died', message: 'It died.' };

describe('lines', () => {
  const lines = (
    runs: Parameters<typeof lineProgress>[0],
    act: (progress: ReturnType<typeof lineProgress>, tick: (ms: number) => void) => void,
  ) => {
    let [text, time] = ['', 0];
    const progress = lineProgress(
      runs,
      (t) => (text += t),
      plain,
      () => time,
    );
    act(progress, (ms) => (time += ms));
    progress.stop();
    return text.split('\n').slice(0, -1);
  };

  test('a line for each epoch of a short run, none for batches', () => {
    const shown = lines(one, (progress) => {
      progress.event(0, stage);
      for (let n = 1; n <= 10; n++) {
        for (let i = 0; i < 5; i++) progress.event(0, batch(n, 10));
        progress.event(0, epoch(n, 10));
      }
    });
    expect(shown).toHaveLength(11);
    expect(shown[0]).toBe('train  training and pruning');
    expect(shown[1]).toBe('train  1/10  loss 0.123  error 2.34%  validation 2.50%  kept 133,100 (50.00%)  1 min 15 s left');
  });

  test('of a long run the first, the last, and one in five seconds', () => {
    const shown = lines(one, (progress, tick) => {
      for (let n = 1; n <= 120; n++) {
        progress.event(0, epoch(n, 120));
        tick(1000);
      }
    });
    expect(shown.map((line) => Number(/(\d+)\/120/.exec(line)![1]))).toEqual([...Array.from({ length: 24 }, (_, i) => 1 + 5 * i), 120]);
  });

  test('of several runs each line names its run, and each end is told', () => {
    const shown = lines(two, (progress) => {
      progress.event(1, { type: 'warning', code: 'data/otherwise', message: 'Digits are used.' });
      progress.outcome(1, { state: 'failed', failure });
      progress.outcome(0, { state: 'done', report: 'report.json' });
    });
    expect(shown).toEqual([
      '[seed=1] warning data/otherwise: Digits are used.',
      '[seed=1] error client/engine-died: It died.',
      '[seed=0] done',
    ]);
  });
});

describe('JSON', () => {
  const events = (act: (progress: ReturnType<typeof jsonProgress>) => void): Record<string, unknown>[] => {
    let text = '';
    act(jsonProgress(two, (t) => (text += t)));
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  test('each event is a line with its run', () => {
    expect(
      events((progress) => {
        progress.event(1, stage);
        progress.event(0, batch(1, 2));
        progress.note('for a person');
      }),
    ).toEqual([
      { run: '/runs/b', ...stage },
      { run: '/runs/a', ...batch(1, 2) },
    ]);
  });

  test('each run ends with one event, told by the engine or for it', () => {
    expect(
      events((progress) => {
        progress.event(0, { type: 'done', report: 'r' });
        progress.outcome(0, { state: 'done', report: 'r' });
        progress.outcome(1, { state: 'failed', failure });
      }),
    ).toEqual([
      { run: '/runs/a', type: 'done', report: 'r' },
      { run: '/runs/b', type: 'failed', failure },
    ]);
  });
});

describe('bars', () => {
  /** What a terminal of 100 columns gets; the escapes for cursor and colours are cut out. */
  const bars = async (runs: Parameters<typeof barProgress>[0], act: (progress: ReturnType<typeof barProgress>) => Promise<void> | void) => {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 100,
      cursorTo: () => true,
      moveCursor: () => true,
      clearLine: () => true,
      clearScreenDown: () => true,
    });
    const progress = barProgress(runs, stream as unknown as NodeJS.WriteStream, plain);
    await act(progress);
    progress.stop();
    progress.stop();
    const text = String(stream.read() ?? '');
    // eslint-disable-next-line no-control-regex
    return { text, plain: text.replace(/\u001B\[[\d;?]*[A-Za-z]/g, '') };
  };
  const drawn = () => new Promise((resolve) => setTimeout(resolve, 250));

  test('show the epoch, the loss and the time left, and give the cursor back', async () => {
    const { text, plain: shown } = await bars(one, async (progress) => {
      progress.event(0, stage);
      progress.event(0, batch(2, 4));
      await drawn();
    });
    // (1 · 391 + 100) / (4 · 391) of 20 characters is 6.3.
    expect(shown).toContain(`${'█'.repeat(6)}${'░'.repeat(14)} train 2/4  loss 0.5  1 min 15 s left`);
    expect(shown).toContain('train  training and pruning\n');
    expect(text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(text.lastIndexOf('\u001B[?25l'));
  });

  test('a note and a warning are never lost, with bars, before them and after', async () => {
    const { plain: shown } = await bars(two, (progress) => {
      progress.note('before');
      progress.event(0, stage);
      progress.note('between');
      progress.event(1, { type: 'warning', code: 'a/b', message: 'Careful.' });
      progress.outcome(0, { state: 'cancelled', resumable: true });
      progress.stop();
      progress.note('after');
    });
    for (const line of ['before\n', 'between\n', '[seed=1] warning a/b: Careful.\n', '[seed=0] cancelled\n', 'after\n'])
      expect(shown).toContain(line);
  });
});
