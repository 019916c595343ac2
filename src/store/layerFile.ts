/** The one place where a layer's name becomes a file's. */
import { RUN_FILES } from '../shared/ids';
import { storeErrors } from './errors';

const ENDINGS = { masks: 'u8', coefficients: 'f32' } as const;

/** Neither hidden nor a folder, and nothing that Windows takes for a device, whatever its ending. */
const SAFE = /^(?!\.)(?!(con|prn|aux|nul|com\d|lpt\d)(\.|$))[\w.-]{1,120}$/i;

export const isSafeLayerName = (name: string): boolean => SAFE.test(name);

/**
 * The file of a layer's mask or coefficients, relative to the run folder. Throws store/unsafe-layer for a name that could lead out of its folder:
 * networks give their layers none such (saved models' are made safe as they are read), so a damaged or forged report has it.
 */
export function layerFile(kind: keyof typeof ENDINGS, layer: string): string {
  if (!isSafeLayerName(layer)) throw storeErrors.unsafeLayer(layer);
  return `${RUN_FILES[kind]}/${layer}.${ENDINGS[kind]}`;
}
