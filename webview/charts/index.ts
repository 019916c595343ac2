/** The charts of a run, in the order in which the result page shows them. The page makes a headed section for each. */
import { mountBands } from './bands';
import { mountChannels } from './channels';
import { mountClasses } from './classes';
import { mountCoefficients } from './coefficients';
import type { MountChart } from './contract';
import { mountHeatmap } from './heatmap';
import { mountHistory } from './history';
import { mountInputFeatures } from './inputFeatures';
import { mountInputs } from './inputs';
import { mountInputSavings } from './inputSavings';
import { mountSources } from './sources';
import { mountWeights } from './weights';

export const CHARTS: readonly { id: string; title: string; mount: MountChart }[] = [
  { id: 'history', title: 'Schedule and errors by epoch', mount: mountHistory },
  { id: 'inputs', title: 'Inputs kept', mount: mountInputs },
  { id: 'input-features', title: 'Inputs kept', mount: mountInputFeatures },
  { id: 'input-savings', title: 'Parameters and multiply-accumulates', mount: mountInputSavings },
  { id: 'heatmap', title: 'First-layer connections by input pixel', mount: mountHeatmap },
  { id: 'bands', title: 'First-layer mask', mount: mountBands },
  { id: 'channels', title: 'What is left, by layer', mount: mountChannels },
  { id: 'sources', title: 'Where the channels that are left were made', mount: mountSources },
  { id: 'classes', title: 'How the classes go together', mount: mountClasses },
  { id: 'coefficients', title: 'Channels by class', mount: mountCoefficients },
  { id: 'weights', title: 'Remaining weight values', mount: mountWeights },
];

export {
  mountBands,
  mountChannels,
  mountClasses,
  mountCoefficients,
  mountHeatmap,
  mountHistory,
  mountInputFeatures,
  mountInputs,
  mountInputSavings,
  mountSources,
  mountWeights,
};
