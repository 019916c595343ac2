/** What structured lasso was asked for and what came out, in words. */
import { BUDGET_WORDS } from '../../src/shared/left';
import type { Lasso } from '../../src/shared/report';
import { integer, plural } from '../../src/shared/text';
import { figures } from '../format';

/** `126.0 M of 125.8 M multiply-accumulates asked for`: four figures, so that the two can be told apart. */
export function budgetText({ budget: { of, target, reached } }: Lasso): string {
  const steps: readonly [number, string][] = [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ];
  const [size, prefix] = (target >= 1e4 && steps.find(([each]) => target >= each)) || [1, ''];
  const digits = size === 1 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(target / size)));
  const text = (n: number) => (size === 1 ? integer(n) : (n / size).toFixed(digits) + prefix);
  return `${text(reached)} of ${text(target)} ${BUDGET_WORDS[of]} asked for`;
}

/** The same with how it was found: `..., rho 0.0123, 14 steps`. */
export const searchText = (lasso: Lasso): string =>
  `${budgetText(lasso)}, rho ${figures(lasso.rho)}, ${plural(lasso.budget.steps, 'step')}`;
