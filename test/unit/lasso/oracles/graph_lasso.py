"""Writes graph_lasso.json: small problems of the lasso with a class graph and without, by general convex solvers.

usage: python graph_lasso.py   (numpy, scipy and cvxpy; the file names the versions that wrote it)

D and T have columns of length 1, as centred kernels have; D's have a direction in common, and near-duplicates. Solutions are by Clarabel, an interior
point method, from D and T and not from their products; the smallest lambda that empties all rows is by a linear program a row; ||R||^2 by numpy's eigenvalues.
"""
import json
import pathlib

import cvxpy as cp
import numpy as np
import scipy
from scipy.optimize import linprog

rng = np.random.default_rng(20250213)


def unit(x):
    size = np.linalg.norm(x, axis=0)
    return x / np.where(size > 0, size, 1)


def columns(m, d, classes, opposed):
    shared = rng.normal(size=(m, 1))
    base = rng.normal(size=(m, (d + 1) // 2)) + shared
    D = unit(np.hstack([base, base + 0.05 * rng.normal(size=base.shape)])[:, :d])
    groups = rng.normal(size=(m, 2)) + shared
    # Half of the second group goes the other way, so that classes correlate negatively too.
    side = np.where(np.arange(classes) % 4 == 3, -1, 1) if opposed else 1
    T = side * unit(groups[:, np.arange(classes) % 2] + 0.7 * rng.normal(size=(m, classes)) + 0.4 * D[:, rng.integers(d, size=classes)] * m**0.5)
    return D, T


def edges_of(T, threshold, signed):
    r = np.corrcoef(T.T)
    return [(a, b, r[a, b]) for a in range(len(r)) for b in range(a + 1, len(r)) if (abs(r[a, b]) if signed else r[a, b]) > threshold]


def edge_matrix(edges, classes):
    R = np.zeros((len(edges), classes))
    for e, (a, b, r) in enumerate(edges):
        R[e, a] = abs(r)
        R[e, b] = -r
    return R


def threshold(p, R, tau, signed):
    """min l with p - R' a <= l (and >= -l), |a| <= tau l, over l and a."""
    edges, classes = R.shape
    cost = np.r_[np.zeros(edges), 1]
    ones = np.ones((classes, 1))
    A = [np.hstack([-R.T, -ones])]
    b = [-p]
    if signed:
        A.append(np.hstack([R.T, -ones]))
        b.append(p)
    for sign in (1, -1):
        A.append(np.hstack([sign * np.eye(edges), -tau * np.ones((edges, 1))]))
        b.append(np.zeros(edges))
    found = linprog(cost, np.vstack(A), np.concatenate(b), bounds=[(None, None)] * edges + [(0, None)], method="highs-ds")
    assert found.success
    return found.fun


def solve(D, T, R, tau, signed, lam):
    B = cp.Variable((D.shape[1], T.shape[1]))
    penalty = cp.norm1(B)
    if len(R):
        penalty = penalty + tau * cp.norm1(B @ R.T)
    problem = cp.Problem(cp.Minimize(cp.sum_squares(T - D @ B) / 2 + lam * penalty), [] if signed else [B >= 0])
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    assert problem.status == cp.OPTIMAL
    return B.value, problem.value


def case(name, m, d, classes, tau, signed, least):
    D, T = columns(m, d, classes, signed)
    edges = edges_of(T, least, signed)
    R = edge_matrix(edges, classes)
    P = D.T @ T
    lambda_max = max(threshold(p, R, tau, signed) for p in P)
    solutions = []
    for rho in (0.7, 0.3, 0.1, 0.02):
        B, value = solve(D, T, R, tau, signed, rho * lambda_max)
        solutions.append({"lambda": rho * lambda_max, "objective": value, "b": [[round(v, 9) for v in row] for row in B.tolist()]})
    return {
        "name": name,
        "channels": d,
        "responses": classes,
        "gram": (D.T @ D).ravel().tolist(),
        "correlation": P.ravel().tolist(),
        "edges": [{"a": int(a), "b": int(b), "r": float(r)} for a, b, r in edges],
        "tau": tau,
        "signed": signed,
        "bound": float(np.linalg.eigvalsh(R.T @ R)[-1]) if len(R) else 0,
        "lambdaMax": lambda_max,
        "solutions": solutions,
    }


def bound(classes, density):
    edges = [(a, b, float(rng.uniform(-1, 1))) for a in range(classes) for b in range(a + 1, classes) if rng.random() < density]
    R = edge_matrix(edges, classes)
    return {"classes": classes, "edges": [{"a": a, "b": b, "r": r} for a, b, r in edges], "bound": float(np.linalg.eigvalsh(R.T @ R)[-1])}


out = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "cvxpy": cp.__version__},
    "cases": [
        case("positive edges", 60, 14, 5, 0.5, False, 0.2),
        case("positive edges, strong graph", 60, 12, 6, 5, False, 0.2),
        case("signed, edges of both signs", 40, 12, 5, 0.5, True, 0.1),
        case("signed, more channels than equations", 10, 14, 4, 1, True, 0.2),
        case("no edges", 50, 16, 3, 0.5, False, 2),
        case("no edges, signed", 50, 16, 3, 0.5, True, 2),
    ],
    "bounds": [bound(3, 1), bound(10, 0.3), bound(25, 0.1)],
}
text = json.dumps(out, separators=(",", ":")).replace("},{", "},\n{")
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
