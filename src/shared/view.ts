/**
 * Messages between the editor and its webviews, as schemas that both sides parse with. One transport per webview (host/panels/transport.ts,
 * webview/transport.ts); the host sends whole states, so a webview that was reloaded asks with `ready` and is right again.
 */
import * as z from './zod';
import { Event } from './protocol';
import { FailureSchema, HistoryRow, Report, Run, RunState } from './report';
import { Sample } from './sample';

/** One run as the views show it. `report` is null until the run is done (or where it failed). */
export const RunView = z.object({
  /** Folder of the run: what identifies it everywhere. */
  folder: z.string(),
  run: Run,
  /** The state that is true now (an orphaned `running` is `interrupted`). */
  state: RunState,
  /** Name of its experiment. */
  experiment: z.string(),
  /** The resolved experiment with every default written out; null where its file is gone. */
  config: z.nullable(z.record(z.string(), z.unknown())),
  report: z.nullable(Report),
  /** Rows of metrics.ndjson, or of the report. */
  history: z.array(HistoryRow),
  /** What went wrong: of the run, or in reading its folder. */
  failure: z.nullable(FailureSchema),
});
export type RunView = z.infer<typeof RunView>;

/** What a kept fraction is of; null where a run cut nothing, which goes with either. */
const Unit = z.nullable(z.enum(['weights', 'channels', 'inputs']));

/** What the compare panel lays out, worked out by the host (store/compare.ts). */
export const CompareView = z.object({
  runs: z.array(RunView),
  /** Keys of the resolved experiments in which the runs differ, with each run's value as text. */
  differences: z.array(z.object({ key: z.string(), values: z.array(z.nullable(z.string())) })),
  /** Finished runs: kept fraction and error of the last stage; `front`: no other run that cuts the same has both less left and fewer errors. */
  points: z.array(z.object({ folder: z.string(), label: z.string(), keep: z.number(), unit: Unit, error: z.number(), front: z.boolean() })),
  /** Rows by values other than the seed, over their seeds. */
  groups: z.array(
    z.object({
      label: z.string(),
      lambda: z.nullable(z.number()),
      n: z.int(),
      error: z.nullable(Sample),
      keptFraction: z.nullable(Sample),
      unit: Unit,
    }),
  ),
});
export type CompareView = z.infer<typeof CompareView>;

export const ToWebview = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run'), view: RunView }),
  z.object({ type: z.literal('compare'), view: CompareView }),
  /** Nothing is selected (inspector), or the run's folder is gone (`reason`). */
  z.object({ type: z.literal('nothing'), reason: z.string() }),
  z.object({ type: z.literal('failure'), failure: FailureSchema }),
  /** Live, of the run that the panel shows. */
  z.object({ type: z.literal('live'), event: Event }),
  /** Answer to `mask`: one byte a weight, rows (inputs) × cols (outputs), row by row. */
  z.object({ type: z.literal('mask'), layer: z.string(), rows: z.int(), cols: z.int(), bytes: z.instanceof(Uint8Array) }),
  /** Answer to `coefficients`: rows (channels) × cols (responses), row by row. */
  z.object({ type: z.literal('coefficients'), layer: z.string(), rows: z.int(), cols: z.int(), values: z.instanceof(Float32Array) }),
  z.object({ type: z.literal('coefficients-failed'), layer: z.string(), failure: FailureSchema }),
  /** The run has no such mask, or it cannot be read. */
  z.object({ type: z.literal('mask-failed'), layer: z.string(), failure: FailureSchema }),
]);
export type ToWebview = z.infer<typeof ToWebview>;

export const RUN_ACTIONS = ['cancel', 'resume', 'experiment', 'folder', 'log', 'markdown', 'compare', 'show'] as const;

export const FromWebview = z.discriminatedUnion('type', [
  /** The webview's script runs and wants its state. Always the first message. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('action'), action: z.enum(RUN_ACTIONS), folder: z.string() }),
  z.object({ type: z.literal('mask'), layer: z.string() }),
  /** Coefficients of a layer, of a run by structured lasso. */
  z.object({ type: z.literal('coefficients'), layer: z.string() }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  /** Saves a file through the editor's dialog. `base64`: contents of a PNG; `text`: of a CSV. */
  z.object({
    type: z.literal('save'),
    name: z.string(),
    content: z.union([z.object({ text: z.string() }), z.object({ base64: z.string() })]),
  }),
  /** An uncaught error of the webview's script, for the log. */
  z.object({ type: z.literal('error'), message: z.string() }),
]);
export type FromWebview = z.infer<typeof FromWebview>;

/** What a panel leaves with the editor, so that it can be restored after a reload: the folders of the runs it shows. */
export const PanelState = z.object({ folders: z.array(z.string()).check(z.minLength(1)) });
export type PanelState = z.infer<typeof PanelState>;
