/** What help is made of, and what several keys say alike. */

export interface Help {
  /** Markdown, after the key's description. */
  more?: string;
  /** A line for each value that can be chosen. */
  values?: Readonly<Record<string, string>>;
  /** Offered while the value is written. */
  examples?: readonly unknown[];
}

export const BUDGETS = {
  channels: 'Channels of all batch norms, by their number.',
  macs: 'Multiply-accumulates of one sample in the compact network.',
  params: 'Parameters of the compact network.',
};
export const SHRINK: Help = {
  more: 'Of annealed schedules: parameters, momentum and running statistics go on in the smaller network. The report says what time that saved.',
};
export const NORMS = {
  none: 'As it is.',
  max: 'Divided by the largest.',
  minmax: 'Stretched over its range: (v − min) / (max − min).',
  mean: 'Divided by the mean.',
  zscore: 'Deviations from the mean: (v − mean) / deviation.',
  rank: 'The mid-percentile, in (0, 1); ties share theirs.',
  log1p_max: 'log(1 + v) over its largest.',
};
export const ETA2 = 'SSB / (SSB + SSW), the share of variance that the classes explain; in [0, 1] whatever the number of samples.';
export const NORM_SCOPES = { global: 'Statistics over all layers together.', layer: 'Statistics over each layer on its own.' };
export const NORM_OURS = "The paper's normalisation is not known to us.";
