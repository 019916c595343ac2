/**
 * Messages between a client (the terminal or the editor) and the engine's child process, as schemas that both sides parse with.
 * The child's first message is `ready` or `error`. A child runs one experiment (or answers one probe) and exits.
 */
import * as z from './zod';
import { FailureSchema, HistoryRow, Report } from './report';

export const Request = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    /** The run folder; it exists and holds run.json and config.resolved.json. */
    runDir: z.string(),
    /** Continue from the folder's checkpoint. */
    resume: z.boolean(),
  }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('probe') }),
]);
export type Request = z.infer<typeof Request>;

/** What `doctor` prints: each check was computed by the kernels and compared with a value worked out by hand. */
export const Probe = z.object({
  versions: Report.shape.versions,
  kernels: z.object({
    /** `cache`, `override` (PRUNE_LAB_KERNELS) and so on. */
    from: z.string(),
    /** How they were provided: `tfjs-node download` or `tensorflow-cpu wheel + compiled addon`. */
    source: z.string(),
    folder: z.string(),
  }),
  checks: z.array(z.object({ name: z.string(), maxAbsDiff: z.number(), ok: z.boolean() })),
  startMs: z.number(),
});
export type Probe = z.infer<typeof Probe>;

export const Event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), pid: z.int(), versions: Report.shape.versions }),
  z.object({ type: z.literal('error'), failure: FailureSchema }),
  z.object({
    type: z.literal('stage'),
    name: z.enum(['load', 'twin', 'train', 'prune', 'compact', 'fine-tune', 'measure', 'report']),
    detail: z.string(),
  }),
  /** At most 10 a second. */
  z.object({
    type: z.literal('batch'),
    phase: HistoryRow.shape.phase,
    epoch: z.int(),
    epochs: z.int(),
    batch: z.int(),
    batches: z.int(),
    loss: z.number(),
    /** Estimated seconds until the whole run ends. */
    secondsLeft: z.nullable(z.number()),
  }),
  z.object({ type: z.literal('epoch'), epochs: z.int(), total: z.int(), row: HistoryRow }),
  z.object({ type: z.literal('warning'), code: z.string(), message: z.string() }),
  /** A file of the run folder is complete. */
  z.object({ type: z.literal('artefact'), kind: z.string(), file: z.string() }),
  z.object({ type: z.literal('probe'), probe: Probe }),
  z.object({ type: z.literal('done'), report: z.string() }),
  z.object({ type: z.literal('failed'), failure: FailureSchema }),
  z.object({ type: z.literal('cancelled'), epoch: z.int(), resumable: z.boolean() }),
]);
export type Event = z.infer<typeof Event>;
export type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;
