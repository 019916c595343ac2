/**
 * Structured lasso on kernels, in Gram form: of the columns vec(K_k) of the channels' kernels over pairs of samples, and the columns vec(L_c) of
 * the classes' kernels, all centred and of length 1, only the products count. With D those of the d channels and T those of the C responses
 *
 *   1/2 ||T - D B||² = 1/2 ||T||² - <D'T, B> + 1/2 <B, D'D B>
 *
 * (HSIC lasso: Yamada et al. 2014; a channel's entry of D'T is its normalised HSIC with the class, one of D'D that of two channels.)
 */
export interface LassoProblem {
  /** d */
  channels: number;
  /** C */
  responses: number;
  /** D'D, [channels × channels] row by row: symmetric, 1 on the diagonal; zero rows and columns for channels that are constant. */
  gram: Float64Array;
  /** D'T, [channels × responses] row by row. */
  correlation: Float64Array;
  /** ||T||²: how many responses are not constant. */
  energy: number;
}

/** Coefficients B of a penalised problem, and how well they solve it. */
export interface Solution {
  /** [channels × responses] row by row. Rows of channels that the penalty empties are exactly zero. */
  coefficients: Float64Array;
  /** Value of the penalised objective. */
  objective: number;
  iterations: number;
  /** Largest violation of the optimality (KKT) conditions, in units of D'T; 0 at an exact solution. */
  residual: number;
}

/** One of the penalties, with everything fixed but its size. */
export interface Penalty {
  /** The smallest lambda at which every row of B is zero; 0 where the data say nothing. */
  lambdaMax(problem: LassoProblem): number;
  /** @param start coefficients to begin with, such as those of a lambda nearby */
  solve(problem: LassoProblem, lambda: number, start?: Float64Array): Solution;
}

/** A norm of the coefficients of one channel, and perhaps a constraint on them. */
export interface RowPenalty {
  /** In place, the x that minimises 1/2 ||x - row||² + size * norm(x) and keeps the constraint; with size 0 the projection on what it allows. */
  shrink(row: Float64Array, size: number): void;
  norm(row: Float64Array): number;
}

/** An inner node of the class tree: a merge of two of what came before. Indices below the number of classes are classes, n + i the i-th merge. */
export interface Merge {
  left: number;
  right: number;
  /** Distance at which they merge, over the largest: in [0, 1], not falling. */
  height: number;
}

/** The classes as a tree, with the weight of each node's group norm (Kim & Xing 2010). */
export interface ClassTree {
  classes: number;
  merges: readonly Merge[];
  /** All nodes, leaves first (node c is class c), then the merges that are kept: the classes below each, and its weight. From the leaves up. */
  groups: readonly { members: readonly number[]; weight: number }[];
}

/** Two classes that share channels, by the correlation of their logits. */
export interface ClassEdge {
  a: number;
  b: number;
  r: number;
}

/** What is known of the classes from the trained network's logits. */
export interface ClassStructure {
  classes: number;
  /** [classes × classes] row by row; 0 for a class whose logit is constant. */
  correlation: Float64Array;
}
