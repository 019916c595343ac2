/** The charts of a run, in the order in which the result page shows them. The page makes a headed section for each. */
import { mountBands } from './bands';
import { mountChannels } from './channels';
import type { MountChart } from './contract';
import { mountHeatmap } from './heatmap';
import { mountHistory } from './history';
import { mountSources } from './sources';
import { mountWeights } from './weights';

export const CHARTS: readonly { id: string; title: string; mount: MountChart }[] = [
  { id: 'history', title: 'Schedule and errors by epoch', mount: mountHistory },
  { id: 'heatmap', title: 'First-layer connections by input pixel', mount: mountHeatmap },
  { id: 'bands', title: 'First-layer mask', mount: mountBands },
  { id: 'channels', title: 'What is left, by layer', mount: mountChannels },
  { id: 'sources', title: 'Where the channels that are left were made', mount: mountSources },
  { id: 'weights', title: 'Remaining weight values', mount: mountWeights },
];

export { mountBands, mountChannels, mountHeatmap, mountHistory, mountSources, mountWeights };
