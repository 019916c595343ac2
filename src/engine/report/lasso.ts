/** What structured lasso found about classes and channels, for the report, and the coefficients beside it. */
import path from 'node:path';
import { BUDGET_WORDS } from '../../shared/left';
import type { Lasso } from '../../shared/report';
import { writeAtomic } from '../../store/atomic';
import { layerFile } from '../../store/layerFile';
import type { ClassTree } from '../lasso/problem';
import type { LassoCut } from '../train/lassoRanking';

/**
 * Writes each layer's coefficients, [channels × responses] float32 row by row, when they are found: what a run that is interrupted afterwards
 * needs of them is then in its folder.
 *
 * @param classNames null where the data set has none: the classes are numbered
 */
export async function writeLasso(runDir: string, cut: LassoCut, classNames: readonly string[] | null): Promise<Lasso> {
  const { classes, correlation } = cut.structure;
  const layers: Lasso['layers'] = [];
  for (const [l, { site, responses, coefficients, residual, iterations }] of cut.layers.entries()) {
    const file = layerFile('coefficients', site.name);
    await writeAtomic(path.join(runDir, file), new Uint8Array(coefficients.buffer));
    const kept = cut.kept[l]!;
    layers.push({
      layer: site.name,
      channels: site.channels,
      kept,
      keptFraction: kept / site.channels,
      residual,
      iterations,
      coefficients: { file, rows: site.channels, cols: responses },
    });
  }
  return {
    classes: classNames ? [...classNames] : Array.from({ length: classes }, (_, c) => String(c)),
    correlation: Array.from({ length: classes }, (_, c) => [...correlation.subarray(c * classes, (c + 1) * classes)]),
    edges: cut.edges.map(({ a, b, r }) => ({ a, b, r })),
    tree: cut.tree ? treeRows(cut.tree) : [],
    calibration: cut.calibration,
    rho: cut.rho,
    budget: { ...cut.budget, steps: cut.steps },
    layers,
    seconds: cut.seconds,
  };
}

/** The merges with the weights of their groups; 0 for a merge that is one with that above it. */
function treeRows({ classes, merges, groups }: ClassTree): Lasso['tree'] {
  const weights = new Map(groups.map(({ members, weight }) => [key(members), weight]));
  const members = Array.from({ length: classes }, (_, c) => [c]);
  return merges.map(({ left, right, height }) => {
    const all = [...members[left]!, ...members[right]!];
    members.push(all);
    return { left, right, height, weight: weights.get(key(all)) ?? 0 };
  });
}

const key = (members: readonly number[]): string => [...members].sort((a, b) => a - b).join();

/** For the run's log. */
export function lassoText({ rho, budget, layers }: Lasso): string {
  const number = (n: number) => n.toLocaleString('en');
  const worst = layers.reduce((most, { residual }) => Math.max(most, residual), 0);
  return (
    `structured lasso: at ${rho.toPrecision(3)} of the penalty that empties every layer (${budget.steps} steps) ` +
    `${number(budget.reached)} of ${number(budget.target)} ${BUDGET_WORDS[budget.of]} allowed; largest residual ${worst.toExponential(1)}`
  );
}
