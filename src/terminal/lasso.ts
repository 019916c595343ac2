/** What structured lasso found, in a few lines: the budget that it came to, how well it is solved, and which classes go together. */
import { BUDGET_WORDS } from '../shared/left';
import { percent, type Lasso, type Report } from '../shared/report';
import { integer, plural } from '../shared/text';
import { duration, figures, table, wrap, type Column, type Colours } from './text';

/** More merges or edges than this are not listed one by one. */
const MOST_LISTED = 12;

export function lassoText({ lasso }: Report, c: Colours): string[] {
  if (!lasso) return [];
  return [...facts(lasso).flatMap((fact) => wrap(fact, '    ')), ...treeText(lasso, c), ...graphText(lasso)];
}

function facts(lasso: Lasso): string[] {
  const { budget, rho, calibration, seconds, layers } = lasso;
  const [fewest, most] = [Math.min(...calibration.perClass), Math.max(...calibration.perClass)];
  const worst = layers.reduce((a, b) => (b.residual > a.residual ? b : a), layers[0]!);
  return [
    `Budget: ${integer(budget.reached)} ${BUDGET_WORDS[lasso.budget.of]} of at most ${integer(budget.target)}, at ${figures(rho)} of the penalty that empties every layer (rho), found in ${plural(budget.steps, 'step')}.`,
    `Calibration: ${plural(calibration.samples, 'training sample')}, ${fewest === most ? fewest : `${fewest} to ${most}`} of each class, ${duration(seconds.calibration)}; search ${duration(seconds.search)}.`,
    `Optimality (KKT) conditions hold to ${worst.residual.toExponential(1)} of the largest correlation in the worst layer, ${worst.layer}.`,
  ];
}

/** The merges of the class tree, lowest first: of many classes only the first, which are the most alike. */
function treeText({ tree, classes }: Lasso, c: Colours): string[] {
  if (!tree.length) return [];
  const members = membersOf(tree, classes.length);
  const name = (node: number) => {
    const names = members[node]!.map((i) => classes[i]!);
    if (names.length === 1) return names[0]!;
    return names.length > 6 ? `(${plural(names.length, 'class', 'classes')})` : `(${names.join(', ')})`;
  };
  const columns: Column[] = [{ title: 'height', align: 'right' }, { title: 'weight', align: 'right' }, { title: 'classes that merge' }];
  const rows = tree
    .slice(0, MOST_LISTED)
    .map(({ left, right, height, weight }) => [height.toFixed(2), weight.toFixed(3), `${name(left)} + ${name(right)}`]);
  const rest = tree.length - rows.length;
  return ['', ...table(columns, rows, c), ...(rest > 0 ? [`... and ${plural(rest, 'merge')} above these.`] : [])];
}

/** The classes below each node: a class itself, then the merges. */
function membersOf(tree: Lasso['tree'], classes: number): number[][] {
  const members = Array.from({ length: classes }, (_, i) => [i]);
  for (const { left, right } of tree) members.push([...members[left]!, ...members[right]!]);
  return members;
}

function graphText({ edges, classes, tree }: Lasso): string[] {
  if (tree.length || !edges.length) return [];
  const pairs = (classes.length * (classes.length - 1)) / 2;
  const strongest = [...edges].sort((a, b) => Math.abs(b.r) - Math.abs(a.r)).slice(0, MOST_LISTED);
  const listed = strongest.map(({ a, b, r }) => `${classes[a]}-${classes[b]} ${r.toFixed(2)}`).join(', ');
  const rest = edges.length - strongest.length;
  return wrap(
    `Class graph: ${edges.length} of ${pairs} pairs are joined (${percent(edges.length / pairs, 0)}): ${listed}${rest > 0 ? `, and ${rest} weaker` : ''}.`,
    '    ',
  );
}
