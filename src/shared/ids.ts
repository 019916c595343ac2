/** Names of files and identifiers that more than one room must agree on. */

/** Experiment files end so. */
export const EXPERIMENT_SUFFIX = '.prune.json';
/** Where runs lie, relative to the workspace (or the working directory of the terminal client). */
export const RUNS_FOLDER = '.prune/runs';

/** Files of a run folder. */
export const RUN_FILES = {
  run: 'run.json',
  config: 'config.resolved.json',
  metrics: 'metrics.ndjson',
  report: 'report.json',
  layers: 'layers.csv',
  log: 'log.txt',
  checkpoint: 'checkpoint.bin',
  masks: 'masks',
  /** One byte a number of a sample: 1 where a run that selects inputs keeps it. Also an index file beside the compact model. */
  inputMask: 'masks/inputs.u8',
  inputIndex: 'model/compact/inputs.json',
  coefficients: 'coefficients',
  maskedModel: 'model/masked/model.json',
  compactModel: 'model/compact/model.json',
  /** The compact network with its batch norms folded away, where it has any. */
  inferenceModel: 'model/inference/model.json',
  /** The compact network of a run that selects inputs, with their selection as its first layer: it reads whole samples. */
  wholeInputModel: 'model/whole-input/model.json',
} as const;

/** `20261121T040355Z`: sorts by time, safe in file names on every system. */
export function timeStamp(date: Date): string {
  return date.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
}

/** A label that is safe in a file name: letters, digits, `.`, `=`, `_` and `-`, at most 60 characters. */
export function safeLabel(label: string): string {
  return (
    label
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9.=_-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, 60) || 'run'
  );
}

/** The same for several, told apart by a number where they would be one: long labels may differ only in what is cut off. */
export function safeLabels(labels: readonly string[]): string[] {
  const taken = new Set<string>();
  /** Where to look on for a label that came before: in a long sweep thousands may be one. */
  const next = new Map<string, number>();
  return labels.map((label) => {
    const safe = safeLabel(label);
    let n = next.get(safe) ?? 1;
    const name = () => (n === 1 ? safe : `${safe}-${n}`);
    while (taken.has(name())) n++;
    taken.add(name());
    next.set(safe, n + 1);
    return name();
  });
}

/** Folder name of a run: `<time>-<label>-<hash6>`; the hash is of the resolved experiment. */
export function runId(date: Date, label: string, configHash: string): string {
  return `${timeStamp(date)}-${safeLabel(label)}-${configHash.slice(0, 6)}`;
}
