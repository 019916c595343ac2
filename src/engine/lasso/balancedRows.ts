import type { Rng } from '../random';

/**
 * Rows drawn without replacement, sorted: `samples` of them (all where there are not so many), as many of each class as can be. A class with
 * too few gives all that it has, and the others make up for it; which classes give one more where it does not come out even is drawn too.
 *
 * @param labels of all rows, below `classes`
 */
export function balancedRows(labels: Int32Array, classes: number, samples: number, rng: Rng): Int32Array {
  const members = Array.from({ length: classes }, (): number[] => []);
  labels.forEach((label, row) => members[label]!.push(row));
  const counts = balancedCounts(
    members.map(({ length }) => length),
    Math.min(samples, labels.length),
    rng,
  );
  const rows = members.flatMap((own, c) => [...rng.shuffle(Int32Array.from(own)).subarray(0, counts[c])]);
  return Int32Array.from(rows).sort();
}

/** How many of each class: none has two more than another that could give more. */
function balancedCounts(available: readonly number[], total: number, rng: Rng): number[] {
  const counts = available.map(() => 0);
  let left = total;
  while (left > 0) {
    const open = rng.permutation(counts.length).filter((c) => counts[c]! < available[c]!);
    const each = Math.floor(left / open.length);
    if (each === 0) {
      for (const c of open.subarray(0, left)) counts[c]!++;
      return counts;
    }
    for (const c of open) {
      const more = Math.min(each, available[c]! - counts[c]!);
      counts[c]! += more;
      left -= more;
    }
  }
  return counts;
}
