import type { Experiment } from '../config/schema';
import type { Event } from '../shared/protocol';
import type { Checkpoint } from './train/checkpoint';

/** What the process that runs an experiment hands to it. */
export interface RunContext {
  experiment: Experiment;
  configHash: string;
  label: string;
  runDir: string;
  /** The folder that the experiment's relative paths start from. */
  experimentDir: string | null;
  threads: number;
  checkpoint: Checkpoint | null;
  emit: (event: Event) => void;
  signal: AbortSignal;
}
