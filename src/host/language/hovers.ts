/** What a value of this experiment amounts to, beside what the schema says of its key. Knows nothing of the editor. */
import type { Node } from 'jsonc-parser';
import { layersOf, sizeOf } from '../../config/layers';
import type { Parsed } from '../../config/parse';
import { nodeAt, type Path } from '../../config/problems';
import type { ExperimentFile } from '../../config/schema';
import { countRuns } from '../../config/sweep';
import { keepCount } from '../../engine/schedules/keep';
import { percent } from '../../shared/report';
import { integer } from '../../shared/text';

export interface Hover {
  offset: number;
  length: number;
  text: string;
}

/** At an offset in the text; null where there is nothing to add. */
export function hoverAt({ tree, file, written }: Pick<Parsed, 'tree' | 'file' | 'written'>, offset: number): Hover | null {
  if (!tree || !file || !written) return null;
  const said: [Path, string | null][] = [
    [['prune', 'keep'], keptText(file)],
    [['sweep'], runsText(countRuns(written))],
    [['seeds'], runsText(countRuns(written))],
  ];
  for (const [path, text] of said) {
    const place = placeAt(tree, path, offset);
    if (place && text !== null) return { ...place, text };
  }
  return null;
}

/** The key, or its value where that is a single one. */
function placeAt(tree: Node, path: Path, offset: number): { offset: number; length: number } | null {
  const value = nodeAt(tree, path);
  const key = value?.parent?.children?.[0];
  const places = [key, value?.children ? undefined : value];
  const found = places.find((node) => node && offset >= node.offset && offset < node.offset + node.length);
  return found ? { offset: found.offset, length: found.length } : null;
}

function keptText({ prune, model, data, sweep }: ExperimentFile): string | null {
  if (prune.method === 'none' || (prune.method === 'han' && prune.layerKeep)) return null;
  // Of a sweep the hover would tell one run of many.
  const decides = (key: string) => ['prune.keep', 'prune.method', 'prune.budget', 'data.name'].includes(key) || key.startsWith('model.');
  if (Object.keys(sweep ?? {}).some(decides)) return null;
  if ('budget' in prune && prune.budget !== 'channels') return budgetText(prune.budget, prune.keep, sizeOf({ model, data }));
  const layers = layersOf({ model, data, prune });
  if (!layers) return null;
  if (prune.method === 'induced') {
    const { of, count } = layers.inputs;
    return layers.areInputsCounted ? keeps(prune.keep, count, of === 'inputs' ? 'inputs' : 'channels of the image') : null;
  }
  return layers.isCounted
    ? keeps(
        prune.keep,
        layers.pruned.reduce((sum, { count }) => sum + count, 0),
        layers.of,
      )
    : null;
}

function keeps(keep: number, total: number, unit: string): string | null {
  const kept = keepCount(keep, total);
  return kept > 0 ? `Keeps ${kept} of ${total} ${unit} (${percent(keep)}), ${fewer(total / kept)}.` : null;
}

/** What comes out is the most that whole channels can have of it. */
function budgetText(budget: 'macs' | 'params', keep: number, size: { params: number; macs: number } | null): string | null {
  if (!size) return null;
  const [total, unit] = [size[budget], budget === 'macs' ? 'multiply-accumulates' : 'parameters'];
  return `Keeps at most ${integer(keep * total)} of the ${integer(total)} ${unit} of the whole network (${percent(keep)}), ${fewer(1 / keep)}.`;
}

const fewer = (ratio: number): string => `${Number(ratio.toFixed(1))}× fewer`;

const runsText = (runs: number): string | null => (runs > 1 ? `${runs} runs in all.` : null);
