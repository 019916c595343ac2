/** What few sessions need and much code stands behind (downloads, archives, terminals): imported when it is asked for, never at the start. */
export { getDataset, listDatasets } from '../engine/data/get';
export { provideKernels } from '../setup/provide';
export { lineProgress } from '../terminal/progress';
export { coloursFor } from '../terminal/text';
