import { describe, expect, it } from 'vitest';
import type { Live, RunEntry } from '../../../src/host/contract';
import { clock, contextValue, describeRun, progressText, statusText } from '../../../src/host/words';
import { canResume } from '../../../src/shared/report';
import type { EventOf } from '../../../src/shared/protocol';
import type { RunState } from '../../../src/shared/report';
import { runRecord } from '../../fixtures/run';

const entry = (state: RunState, run: Partial<RunEntry['run']> = {}): RunEntry => ({
  folder: '/w/.prune/runs/a',
  experiment: 'quick',
  file: '/w/quick.prune.json',
  workspaceFolder: '/w',
  state,
  run: runRecord({ state, experimentFile: '/w/quick.prune.json', seed: 1, ...run }),
});

const batch = (epoch: number, secondsLeft: number | null = null): EventOf<'batch'> => ({
  type: 'batch',
  phase: 'train',
  epoch,
  epochs: 40,
  batch: 1,
  batches: 10,
  loss: 1,
  secondsLeft,
});
const live = (change: Partial<Live>): Live => ({ stage: null, epoch: null, batch: null, ...change });

describe('a run in words', () => {
  it('tells time as a clock does', () => {
    expect([0, 34, 61.4, 3725].map(clock)).toEqual(['0:00', '0:34', '1:01', '1:02:05']);
  });

  it('says how far it is, and how long it takes', () => {
    expect(progressText(undefined)).toBe('starting');
    expect(progressText(live({ stage: { type: 'stage', name: 'compact', detail: '' } }))).toBe('compact');
    expect(statusText(live({ batch: batch(12, 34) }))).toBe('epoch 12/40 · 0:34 left');
    expect(statusText(live({ batch: { ...batch(2), phase: 'fine-tune' } }))).toBe('fine-tuning epoch 2/40');
  });

  it('is described by its result, its progress or its state', () => {
    const summary = { error: 0.0151, errorCount: 151, samples: 10_000, kept: 43, total: 1000, unit: 'weights' as const, params: 1000 };
    expect(describeRun(entry('done', { summary }), undefined)).toBe('1.51% · 4.3% kept');
    expect(describeRun(entry('done', { summary: { ...summary, unit: 'channels', kept: 400 } }), undefined)).toBe(
      '1.51% · 40.0% of channels',
    );
    expect(describeRun(entry('done', { summary: { ...summary, unit: 'inputs', kept: 250 } }), undefined)).toBe('1.51% · 25.0% of inputs');
    expect(describeRun(entry('done', { summary: { ...summary, unit: 'inputs', kept: 196, total: 784 } }), undefined)).toBe(
      '1.51% · 25.0% of inputs',
    );
    expect(describeRun(entry('running', { progress: { phase: 'train', epoch: 3, epochs: 40 } }), undefined)).toBe('epoch 3/40');
    expect(describeRun(entry('interrupted'), undefined)).toBe('interrupted');
  });

  it('can go on unless it is at work, done, or failed before its first checkpoint', () => {
    expect(canResume(entry('cancelled'))).toBe(true);
    expect(canResume(entry('interrupted'))).toBe(true);
    expect(canResume(entry('failed', { resumable: true }))).toBe(true);
    for (const state of ['failed', 'running', 'queued', 'done'] as const) expect(canResume(entry(state))).toBe(false);
    expect(contextValue(entry('cancelled'))).toBe('run:cancelled:resumable');
    expect(contextValue(entry('done'))).toBe('run:done');
  });
});
