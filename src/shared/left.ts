/** What a run leaves, in the unit that it cuts: weights, channels or inputs. Text and sums that several views share. */
import { percent, type ChannelRow, type LayerRow, type Report, type Run } from './report';
import { integer } from './text';

export type Unit = NonNullable<Run['summary']>['unit'];

export interface Left {
  unit: Unit;
  kept: number;
  total: number;
  /** kept / total; 1 where there was nothing to cut. */
  fraction: number;
}

/** What the run's keep fraction counts. `report.kept` counts weights in any case. */
export function whatIsLeft({ channels, inputs, kept: { weights, total } }: Pick<Report, 'channels' | 'inputs' | 'kept'>): Left {
  if (inputs) return left('inputs', inputs.kept, inputs.total);
  return channels ? left('channels', channels.kept, channels.total) : left('weights', weights, total);
}

/** What a budget counts, in words. */
export const BUDGET_WORDS = { channels: 'channels', macs: 'multiply-accumulates', params: 'parameters' } as const;

/** `39.00% of the multiply-accumulates`: what the experiment asked to keep. */
export const askedText = ({ keep, budget }: Pick<Report, 'keep' | 'budget'>): string =>
  `${percent(keep)}${budget ? ` of the ${BUDGET_WORDS[budget]}` : ''}`;

export function left(unit: Unit, kept: number, total: number): Left {
  return { unit, kept, total, fraction: total === 0 ? 1 : kept / total };
}

/** `kept 13,310 of 266,200 prunable weights (5.00%)`, `25.00% of inputs kept (196 of 784)`. */
export function leftText({ unit, kept, total, fraction }: Left): string {
  const count = `${integer(kept)} of ${integer(total)}`;
  if (unit === 'inputs') return `${percent(fraction)} of inputs kept (${count})`;
  return `kept ${count} ${unit === 'weights' ? 'prunable weights' : unit} (${percent(fraction)})`;
}

/** What the kept fractions of several runs are of; those of runs that cut nothing (null) go with any. null where they are of different things. */
export function commonUnit(of: readonly { unit: Unit | null }[]): Unit | null {
  const units = new Set(of.flatMap(({ unit }) => unit ?? []));
  return units.size > 1 ? null : ([...units][0] ?? 'weights');
}

/** `784×300` of a dense layer, `3×3×16→12` of a convolution. */
export function shapeText(shape: LayerRow['shape']): string {
  return shape.length === 4 ? `${shape.slice(0, 3).join('×')}→${shape[3]}` : shape.join('×');
}

/** Rows of one stage that follow each other, or a transition by itself. */
export interface ChannelGroup extends Left {
  /** `stage 2`, or the name of the transition. */
  name: string;
  transition: boolean;
  /** How many places of cutting are in it. */
  layers: number;
}

/** The channels of a network of many layers in few rows: stage by stage, transitions apart. */
export function channelGroups(rows: readonly ChannelRow[]): ChannelGroup[] {
  const groups: ChannelGroup[] = [];
  for (const { layer, stage, transition, kept, total } of rows) {
    const name = transition ? layer : `stage ${stage}`;
    const last = groups.at(-1);
    if (last && !transition && last.name === name && !last.transition) {
      groups[groups.length - 1] = { ...last, ...left('channels', last.kept + kept, last.total + total), layers: last.layers + 1 };
    } else groups.push({ name, transition, layers: 1, ...left('channels', kept, total) });
  }
  return groups;
}

/**
 * What rebuilding the network while it was annealed was worth: `rebuilt 12 times: 41 s in place of 66 s (estimated from the first epoch)`.
 * `duration` writes seconds.
 */
export function shrinkingText(
  { rebuilds, seconds, secondsWithout }: NonNullable<Report['shrinking']>,
  duration: (s: number) => string,
): string {
  return `rebuilt ${rebuilds} ${rebuilds === 1 ? 'time' : 'times'}: ${duration(seconds)} in place of ${duration(secondsWithout)} (estimated from the first epoch)`;
}

/** More than this many layers are not listed one by one. */
const MOST_LISTED = 12;

/** What was removed whole, in words: layer by layer where these are few. `arrow` stands between before and after. */
export function removedText({ removed: { neurons, unusedInputs }, channels }: Report, arrow: string): string[] {
  if (!neurons.length) return [];
  const folded = (n: number) => (n ? ` (${n} folded as constants)` : '');
  const inputs = `Input features that nothing reads: ${unusedInputs.toLocaleString('en-US')}.`;
  const tail = channels && unusedInputs === 0 ? '' : ` ${inputs}`;
  if (neurons.length <= MOST_LISTED) {
    const layers = neurons.map((n) => `${n.layer} ${n.before} ${arrow} ${n.after}${folded(n.folded)}`);
    return [`${channels ? 'Outputs' : 'Neurons'}: ${layers.join(', ')}.${tail}`];
  }
  const sum = (of: (n: (typeof neurons)[number]) => number) => neurons.reduce((total, n) => total + of(n), 0);
  const [before, after] = [sum((n) => n.before), sum((n) => n.after)].map((n) => n.toLocaleString('en-US'));
  return [`Outputs of ${neurons.length} layers: ${before} ${arrow} ${after}${folded(sum((n) => n.folded))}.${tail}`];
}
