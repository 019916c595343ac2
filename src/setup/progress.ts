/** What set-up is doing, for whoever shows it: a terminal, the editor. */
export interface SetupProgress {
  step: 'wait' | 'probe' | 'download' | 'check' | 'unpack' | 'compile' | 'load' | 'install';
  /** For a person: `tensorflow-cpu 2.18.0`. */
  detail: string;
  /** Bytes, where the step counts them. */
  done?: number;
  total?: number;
}

export type OnProgress = (progress: SetupProgress) => void;
