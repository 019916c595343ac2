/** What a run that selected inputs saves, and what went of an image, in words that several views share. */
import type { Inputs, Report, Stage } from './report';
import { plural } from './text';

export interface Saving {
  /** What the network is without. */
  name: 'dense' | 'weights cut' | 'weights and inputs cut';
  params: number;
  macs: number;
}

/**
 * The dense network (where the run measured none, the masked one, which is as large), the network without its weights alone, and without the
 * inputs too. null of a run that selected no inputs.
 */
export function savings({ inputs, stages }: Pick<Report, 'inputs' | 'stages'>): Saving[] | null {
  const stage = (...names: Stage['name'][]) => names.map((name) => stages.find((each) => each.name === name)).find((found) => found);
  const [dense, compact] = [stage('dense', 'masked'), stage('compact', 'fine-tuned')];
  if (!inputs || !dense || !compact) return null;
  return [
    { name: 'dense', params: dense.params, macs: dense.macs },
    { name: 'weights cut', ...inputs.weightsOnly },
    { name: 'weights and inputs cut', params: compact.params, macs: compact.macs },
  ];
}

/** `Cropped: 2 rows at the top, 1 column at the left; 26 × 27 of 28 × 28 pixels are read.`, and why no more could go, a sentence each. */
export function inputNotes({ crop, map, limits }: Pick<Inputs, 'crop' | 'map' | 'limits'>): string[] {
  return [...(crop && map ? [cropText(crop, map)] : []), ...limits];
}

function cropText(crop: NonNullable<Inputs['crop']>, { width, height }: NonNullable<Inputs['map']>): string {
  const { top, bottom, left, right } = crop;
  const sides = [
    ...(top ? [`${plural(top, 'row')} at the top`] : []),
    ...(bottom ? [`${plural(bottom, 'row')} at the bottom`] : []),
    ...(left ? [`${plural(left, 'column')} at the left`] : []),
    ...(right ? [`${plural(right, 'column')} at the right`] : []),
  ];
  const rest = `${height - top - bottom} × ${width - left - right} of ${height} × ${width} pixels are read`;
  return sides.length ? `Cropped: ${sides.join(', ')}; ${rest}.` : `Nothing is cropped: ${rest}.`;
}
