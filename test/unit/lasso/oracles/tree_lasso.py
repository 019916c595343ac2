"""Writes tree_lasso.json: proximal operators of the tree-guided group lasso with B >= 0, and small problems, solved.

usage: python tree_lasso.py   (numpy; the file names the version that wrote it)

The proximal operator is found by ascent on the dual, one group after another from the root down (the order in which a single pass is not exact), until the
duality gap, which bounds the error of the answer, is below 1e-14: the script fails where it is not. Problems are solved from D and T themselves by
proximal gradient steps until a step changes nothing by more than 1e-12.
"""
import json
import pathlib

import numpy as np

rng = np.random.default_rng(20250214)


def prox(u, size, groups, l1):
    """argmin over x >= 0 of 1/2 ||x - u||^2 + size * (l1 * sum x + sum_v w_v ||x_Gv||)."""
    top_down = sorted(groups, key=lambda group: -len(group["members"]))
    dual = [np.zeros_like(u) for _ in top_down]
    left = u - size * l1
    for _ in range(20_000):
        for xi, group in zip(dual, top_down):
            at, radius = group["members"], size * group["weight"]
            left[at] += xi[at]
            positive = np.maximum(left[at], 0)
            length = np.linalg.norm(positive)
            xi[at] = positive if length <= radius else positive * (radius / length)
            left[at] -= xi[at]
        # Sums of many small steps drift.
        left = u - size * l1 - sum(dual)
        x = np.maximum(left, 0)
        penalty = l1 * x.sum() + sum(group["weight"] * np.linalg.norm(x[group["members"]]) for group in groups)
        primal = 0.5 * np.sum((x - u) ** 2) + size * penalty
        gap = primal - 0.5 * (np.sum(u**2) - np.sum(x**2))
        if gap < 1e-14:
            return x
    raise RuntimeError(f"duality gap {gap}")


def random_tree(classes):
    """A random binary tree: nodes as groups, leaves first, parents after children, with random weights."""
    nodes = [[c] for c in range(classes)]
    open_nodes = list(range(classes))
    while len(open_nodes) > 1:
        i, j = rng.choice(len(open_nodes), 2, replace=False)
        nodes.append(sorted(nodes[open_nodes[i]] + nodes[open_nodes[j]]))
        open_nodes = [n for k, n in enumerate(open_nodes) if k not in (i, j)] + [len(nodes) - 1]
    return [{"members": members, "weight": round(float(rng.uniform(0.02, 0.6)), 3)} for members in nodes]


def prox_case():
    classes = int(rng.integers(2, 9))
    groups = random_tree(classes)
    size = round(float(rng.uniform(0.05, 1.5)), 3)
    l1 = round(float(rng.choice([0, rng.uniform(0, 0.5)])), 3)
    row = np.round(rng.normal(0.4, 1, classes), 3)
    return {"classes": classes, "groups": groups, "size": size, "l1": l1, "row": row.tolist(), "prox": prox(row, size, groups, l1).tolist()}


def problem_case(equations, channels, classes, rho, l1):
    groups = random_tree(classes)
    d = rng.normal(size=(equations, channels)) + 0.8 * rng.normal(size=(equations, 1))
    d /= np.linalg.norm(d, axis=0)
    t = d[:, :2] @ rng.uniform(0.2, 1, (2, classes)) + 0.1 * rng.normal(size=(equations, classes))
    t /= np.linalg.norm(t, axis=0)
    size = rho * np.max(d.T @ t)
    step = 1 / np.linalg.eigvalsh(d.T @ d)[-1]
    b = np.zeros((channels, classes))
    for _ in range(100_000):
        forward = b - step * d.T @ (d @ b - t)
        after = np.stack([prox(row, step * size, groups, l1) for row in forward])
        change = np.abs(after - b).max()
        b = after
        if change < 1e-12:
            break
    else:
        raise RuntimeError(f"still changing by {change}")
    norms = sum(group["weight"] * np.linalg.norm(b[:, group["members"]], axis=1).sum() for group in groups)
    objective = 0.5 * np.sum((t - d @ b) ** 2) + size * (norms + l1 * b.sum())
    return {"classes": classes, "groups": groups, "lambda": size, "l1": l1, "d": d.T.tolist(), "t": t.T.tolist(), "b": b.tolist(), "objective": objective}


result = {
    "numpy": np.__version__,
    "prox": [prox_case() for _ in range(60)],
    "problems": [problem_case(12, 5, 3, 0.3, 0), problem_case(15, 8, 4, 0.1, 0.2), problem_case(10, 12, 5, 0.05, 0)],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
