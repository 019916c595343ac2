/** The penalty of each method that chooses channels by lasso on kernels. */
import type { LassoPrune } from '../../config/schema';
import { classEdges } from '../lasso/classGraph';
import { graphPenalty } from '../lasso/graphPenalty';
import { lassoPenalty } from '../lasso/lassoPenalty';
import type { ClassEdge, ClassStructure, ClassTree, Penalty } from '../lasso/problem';
import { classTree } from '../lasso/tree';
import { treePenalty } from '../lasso/treePenalty';

export interface StructuredPenalty {
  penalty: Penalty;
  /** The class graph, where the penalty has one; else empty. */
  edges: readonly ClassEdge[];
  /** The class tree, where the penalty has one. */
  tree: ClassTree | null;
}

/**
 * Class-wise: the graph-structured and the tree-guided lasso under an information bottleneck (arXiv 2502.09125). Their baselines: APIB (Guo et
 * al. 2023), one response and coefficients of either sign, and HSIC lasso (Yamada et al. 2014) against the label.
 */
export function structuredPenalty(prune: LassoPrune, structure: ClassStructure): StructuredPenalty {
  switch (prune.method) {
    case 'sglp-ib': {
      const edges = classEdges(structure, prune);
      return { penalty: graphPenalty(edges, prune), edges, tree: null };
    }
    case 'stlp-ib': {
      const tree = classTree(structure);
      return { penalty: treePenalty(tree, prune), edges: [], tree };
    }
    case 'apib':
      return { penalty: lassoPenalty({ signed: true }), edges: [], tree: null };
    case 'hsic-lasso':
      return { penalty: lassoPenalty({ signed: false }), edges: [], tree: null };
  }
}
