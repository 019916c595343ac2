/** Which connections stay: exactly k of them, the best by score, with floors under layers and outputs. Pruned connections never return. */
import { markBest } from './best';
import { pruneErrors } from './errors';
import type { PrunableWeights } from './layer';
import type { CountTarget } from './plan';

export interface Floors {
  /** Connections that every layer keeps. */
  layer: number;
  /** Connections that every output of the network's last layer keeps. */
  output: number;
}

/** Where a floor decided: `held` connections of the layer stay although their scores did not earn it. */
export interface FloorHeld {
  layer: string;
  kind: 'layer' | 'output';
  floor: number;
  held: number;
}

export interface Selection {
  layers: readonly PrunableWeights[];
  /** By layer, [inputs × outputs]; higher stays. Finite where the connection is alive; not looked at elsewhere. */
  scores: readonly Float64Array[];
  /** How many stay: over all the layers, or of each. */
  target: CountTarget;
  /** For a target over the network: one ranking over all layers, or the same keep fraction in each. */
  scope: 'global' | 'layer';
  floors: Floors;
  /** Name of the layer whose outputs are the network's; where it is not among `layers`, there is no floor under outputs. */
  outputLayer?: string;
}

/**
 * The new masks. Connections that a floor holds count among the k; ties go to the larger |w|, then to the lower flat index. A floor
 * cannot hold more than is alive.
 *
 * @throws PruneError prune/floors-exceed-keep, prune/keep-exceeds-alive, prune/not-a-score
 */
export function selectWeights(selection: Selection): { masks: Uint8Array[]; floors: FloorHeld[] } {
  const scores = livingScores(selection);
  const nothing = selection.layers.map(({ mask }) => new Uint8Array(mask.length));
  const earned = fill(selection, scores, nothing);
  // Whoever earned as many as a floor asks for earned the best of them: the floor decides nothing.
  if (meetsFloors(selection, earned)) return { masks: earned, floors: [] };
  const forced = forcedByFloors(selection, scores);
  return { masks: fill(selection, scores, forced.both), floors: heldByFloors(selection, forced, earned) };
}

/** The scores with -Infinity for what cannot be chosen, and 0 for -0, so that order is the order of the bits. */
function livingScores({ layers, scores }: Selection): Float64Array[] {
  return layers.map(({ name, mask }, l) => {
    const given = scores[l]!;
    const living = new Float64Array(mask.length);
    for (let e = 0; e < living.length; e++) {
      const score = given[e]!;
      if (mask[e] !== 1) living[e] = -Infinity;
      else if (score - score !== 0) throw pruneErrors.notAScore(name, e, score);
      else living[e] = score + 0;
    }
    return living;
  });
}

/** `fixed` and the best of the rest, up to the target. */
function fill({ layers, target, scope }: Selection, scores: readonly Float64Array[], fixed: readonly Uint8Array[]): Uint8Array[] {
  const all = layers.map((_, l) => l);
  const taken = fixed.map(count);
  const alive = layers.map(({ mask }) => count(mask));
  const masks = fixed.map((mask) => mask.slice());
  /** `name` is null for all layers together. Returns how many of the members' connections are still to be chosen. */
  const free = (members: number[], keep: number, name: string | null): number => {
    const least = members.reduce((sum, l) => sum + taken[l]!, 0);
    const most = members.reduce((sum, l) => sum + alive[l]!, 0);
    if (keep < least) throw pruneErrors.floorsExceedKeep(name, keep, least);
    if (keep > most) throw pruneErrors.keepExceedsAlive(name, keep, most);
    return keep - least;
  };
  const keepBest = (members: number[], keep: number, name: string | null) => {
    const rest = members.map((l) => (taken[l] === 0 ? scores[l]! : without(scores[l]!, fixed[l]!)));
    markBest(
      rest,
      members.map((l) => layers[l]!.weights),
      free(members, keep, name),
      members.map((l) => masks[l]!),
    );
  };
  if (target.over === 'layers') {
    layers.forEach(({ name }, l) => keepBest([l], target.keep[l]!, name));
  } else if (scope === 'global') {
    keepBest(all, target.keep, null);
  } else {
    free(all, target.keep, null);
    const shares = apportion(
      target.keep,
      layers.map(({ mask }) => mask.length),
      taken,
      alive,
    );
    layers.forEach(({ name }, l) => keepBest([l], shares[l]!, name));
  }
  return masks;
}

function meetsFloors({ layers, floors, outputLayer }: Selection, earned: readonly Uint8Array[]): boolean {
  return layers.every(({ name, outputs, mask }, l) => {
    if (count(earned[l]!) < Math.min(floors.layer, count(mask))) return false;
    if (name !== outputLayer || floors.output === 0) return true;
    const [had, has] = [countByOutput(mask, outputs), countByOutput(earned[l]!, outputs)];
    return has.every((n, o) => n >= Math.min(floors.output, had[o]!));
  });
}

interface Forced {
  /** The best connections of each output, as many as its floor. */
  byOutput: Uint8Array[];
  /** Those, and the best of the rest of each layer up to the layer's floor: the fewest that satisfy all floors. */
  both: Uint8Array[];
}

function forcedByFloors(selection: Selection, scores: readonly Float64Array[]): Forced {
  const { layers, floors } = selection;
  const byOutput = layers.map((layer, l) => {
    const mask = new Uint8Array(layer.mask.length);
    if (layer.name === selection.outputLayer && floors.output > 0) markBestOfOutputs(layer, scores[l]!, floors.output, mask);
    return mask;
  });
  const both = layers.map(({ weights, mask }, l) => {
    const forced = byOutput[l]!.slice();
    const missing = Math.min(floors.layer, count(mask)) - count(forced);
    if (missing > 0) markBest([without(scores[l]!, forced)], [weights], missing, [forced]);
    return forced;
  });
  return { byOutput, both };
}

function markBestOfOutputs(
  { inputs, outputs, weights, mask }: PrunableWeights,
  scores: Float64Array,
  floor: number,
  forced: Uint8Array,
): void {
  for (let o = 0; o < outputs; o++) {
    const at = (i: number) => i * outputs + o;
    const column = Int32Array.from({ length: inputs }, (_, i) => at(i)).filter((e) => mask[e] === 1);
    const chosen = new Uint8Array(column.length);
    markBest(
      [Float64Array.from(column, (e) => scores[e]!)],
      [Float32Array.from(column, (e) => weights[e]!)],
      Math.min(floor, column.length),
      [chosen],
    );
    column.forEach((e, j) => (forced[e] = chosen[j]!));
  }
}

/** Connections that are forced but that the ranking alone would not keep. */
function heldByFloors({ layers, floors }: Selection, { byOutput, both }: Forced, earned: readonly Uint8Array[]): FloorHeld[] {
  return layers.flatMap(({ name }, l) => {
    const output = countOutside(byOutput[l]!, earned[l]!);
    const layer = countOutside(both[l]!, earned[l]!) - output;
    const held: FloorHeld[] = [
      { layer: name, kind: 'layer', floor: floors.layer, held: layer },
      { layer: name, kind: 'output', floor: floors.output, held: output },
    ];
    return held.filter((f) => f.held > 0);
  });
}

/**
 * Shares k out in proportion to `totals` by largest remainder (ties to the earlier layer), each share within [lowest, highest]; the sum is
 * exactly k, which must lie between the sums of the bounds. The upper bound is needed: as k falls, largest remainders can raise a layer's
 * share by one.
 */
export function apportion(k: number, totals: readonly number[], lowest: readonly number[], highest: readonly number[]): number[] {
  const total = totals.reduce((a, b) => a + b, 0);
  const ideal = totals.map((t) => (k * t) / total);
  const shares = ideal.map((share, l) => Math.min(highest[l]!, Math.max(lowest[l]!, Math.floor(share))));
  for (let left = k - shares.reduce((a, b) => a + b, 0); left !== 0; left -= Math.sign(left)) {
    const step = Math.sign(left);
    let chosen = -1;
    for (let l = 0; l < shares.length; l++) {
      const room = step > 0 ? shares[l]! < highest[l]! : shares[l]! > lowest[l]!;
      if (room && (chosen < 0 || step * (ideal[l]! - shares[l]!) > step * (ideal[chosen]! - shares[chosen]!))) chosen = l;
    }
    shares[chosen]! += step;
  }
  return shares;
}

function without(scores: Float64Array, taken: Uint8Array): Float64Array {
  const rest = scores.slice();
  for (let e = 0; e < rest.length; e++) if (taken[e] === 1) rest[e] = -Infinity;
  return rest;
}

function count(mask: Uint8Array): number {
  let n = 0;
  for (let e = 0; e < mask.length; e++) n += mask[e]!;
  return n;
}

function countByOutput(mask: Uint8Array, outputs: number): Uint32Array {
  const counts = new Uint32Array(outputs);
  for (let e = 0, o = 0; e < mask.length; e++) {
    counts[o]! += mask[e]!;
    if (++o === outputs) o = 0;
  }
  return counts;
}

/** How many of `mask` are not in `other`. */
function countOutside(mask: Uint8Array, other: Uint8Array): number {
  let n = 0;
  for (let e = 0; e < mask.length; e++) if (mask[e] === 1 && other[e] !== 1) n++;
  return n;
}
