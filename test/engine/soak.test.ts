/**
 * 2,000 short epochs in one child: nothing that is held grows with them but what a history has to be. SOAK_EPOCHS=50000 makes a long one.
 *
 * RSS is compared in bytes, late epochs with early ones after a warm-up, and handles by number; how long anything takes does not matter.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { RUN_FILES } from '../../src/shared/ids';
import type { Event } from '../../src/shared/protocol';
import type { Report } from '../../src/shared/report';
import { readReport, readRun } from '../../src/store/read';
import { build, run } from './disturbed';
import { newRun, SMALL } from './helpers';

const EPOCHS = Number(process.env['SOAK_EPOCHS'] ?? 2000);
const onLinux = process.platform === 'linux';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What there was when so many epochs were in the history on disk. */
interface Seen {
  epoch: number;
  rss: number;
  handles: number;
  /** Of this process, the client's. */
  heap: number;
  checkpoint: number;
  metrics: number;
}

const LOOK_MS = 50;
const PAGE = 4096;
/** 0 where the process has just ended. */
const residentOf = (pid: number) => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE;
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

describe(`${EPOCHS} epochs`, () => {
  const seen: Seen[] = [];
  let report: Report;
  let files: { metrics: string; log: string };
  /** Events of epochs that came. */
  let told = 0;

  beforeAll(
    async () => {
      build();
      const runDir = await newRun({
        ...SMALL,
        data: { name: 'digits', train: 60, validation: 20, test: 20 },
        model: { name: 'mlp', hidden: [12] },
        // Cuts go on for a quarter of the epochs, with statistics gathered in each.
        train: { ...SMALL.train, epochs: EPOCHS, learningRate: 0.001 },
        prune: { ...SMALL.prune, schedule: { name: 'logistic', end: 0.25 } },
        measure: { ...SMALL.measure, dense: 'first-cut' },
      });
      const size = (file: string) => statSync(path.join(runDir, file), { throwIfNoEntry: false })?.size ?? 0;
      const text = (file: string) => readFileSync(path.join(runDir, file), 'utf8');
      const history = () => {
        const metrics = text(RUN_FILES.metrics);
        return { epoch: metrics.split('\n').length - 1, metrics: metrics.length };
      };
      let isOver = false;
      // Looks at the child by itself, since its events come late to a process that is busy.
      const looking = (async () => {
        for (; !isOver; await sleep(LOOK_MS)) {
          const { state, pid } = await readRun(runDir);
          if (state !== 'running' || pid === null || size(RUN_FILES.metrics) === 0) continue;
          collect();
          const heap = process.memoryUsage().heapUsed;
          const [rss, handles] = onLinux ? [residentOf(pid), readdirSync(`/proc/${pid}/fd`).length] : [0, 0];
          // Not in a variable here, which would live until the next look and be taken for what the client holds.
          seen.push({ ...history(), rss, handles, heap, checkpoint: size(RUN_FILES.checkpoint) });
        }
      })();
      const onEvent = (event: Event) => event.type === 'epoch' && told++;
      expect(await run(runDir, { onEvent }).finally(() => (isOver = true))).toMatchObject({ state: 'done' });
      await looking;
      report = await readReport(runDir);
      files = { metrics: text(RUN_FILES.metrics), log: text(RUN_FILES.log) };
    },
    60_000 + 60 * EPOCHS,
  );

  /** Of some part of the epochs; at least a few looks were had, or else there is nothing to say. */
  const between = (from: number, to: number): Seen[] => {
    const found = seen.filter(({ epoch }) => epoch >= from * EPOCHS && epoch < to * EPOCHS);
    expect(found.length).toBeGreaterThanOrEqual(3);
    return found;
  };
  // After the last cut: before it, statistics are gathered, and the test error is not measured.
  const early = () => between(0.3, 0.5);
  const late = () => between(0.8, 1);

  it('are all there, with as many tensors in the last as after the last cut', () => {
    expect(report.history).toHaveLength(EPOCHS);
    expect(told).toBe(EPOCHS);
    const tensors = report.history.map((row) => row.tensors);
    // A mask is a tensor once something of its layer is cut, perhaps in the first epoch.
    expect(Math.max(...tensors) - tensors[0]!).toBeLessThanOrEqual(2);
    expect(new Set(tensors.slice(EPOCHS / 4)).size).toBe(1);
  });

  it.runIf(onLinux)('take no more memory at the end than at the beginning', () => {
    const [before, after] = [mean(early().map(({ rss }) => rss)), mean(late().map(({ rss }) => rss))];
    // Of 20,000 epochs the difference was 27 MB, most of it garbage that is not yet collected (there were drops by 40 MB), of 2,000 up to 15 MB. A leak of
    // 25 kB in each epoch is found with 2,000, and one of 6 kB with 20,000.
    expect(after - before).toBeLessThan(20e6 + 2000 * EPOCHS);
  });

  it.runIf(onLinux)('leave no handle open', () => {
    const most = (of: readonly Seen[]) => Math.max(...of.map(({ handles }) => handles));
    expect(most(late())).toBeLessThanOrEqual(most(early()) + 2);
  });

  it('leave nothing in the process that started them', () => {
    const [before, after] = [mean(early().map(({ heap }) => heap)), mean(late().map(({ heap }) => heap))];
    // 0.4 kB an epoch would be that of a row of the history; nothing is kept of it here.
    expect(after - before).toBeLessThan(0.3e6 + 20 * EPOCHS);
  });

  it('write a line each, and a checkpoint that grows by those lines alone', () => {
    const lines = files.metrics.trimEnd().split('\n');
    expect(lines).toHaveLength(EPOCHS);
    const longest = Math.max(...lines.map(({ length }) => length)) + 1;
    expect(longest).toBeLessThan(500);
    expect(files.log.length).toBeLessThan(2 * files.metrics.length);
    const written = seen.filter(({ checkpoint }) => checkpoint > 0);
    // Without its history a checkpoint has the size of its arrays, whichever epoch it is of; it is of an epoch up to some before.
    for (const { checkpoint, metrics } of written) expect(checkpoint).toBeLessThan(written[0]!.checkpoint + metrics);
  });
});
