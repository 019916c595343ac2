"""Writes class_tree.json: logits of a few samples and the class tree that scipy makes of them, with the weights of its groups.

usage: python class_tree.py   (numpy and scipy; the file names the versions that wrote it)

Logits are float32, [samples x classes] row by row, with two digits, so that reading them back gives the same bits. Heights are scipy's average linkage on
1 - r (r = 0 for a constant logit), over the largest. Groups are the classes and the inner nodes; a node less than 1e-6 below the one above it is none of its
own. Its weight follows the definition of Kim and Xing (2010): with s the height, at most 0.9, and g = 1 - s, an inner node's is g times the s of all above it,
a class's the s of all above it.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

rng = np.random.default_rng(20250213)
CLIP = 0.9


def correlations(logits):
    centred = logits - logits.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    return np.clip(unit.T @ unit, -1, 1)


def case(name, logits):
    logits = np.asarray(logits, dtype=np.float32)
    samples, classes = logits.shape
    distance = 1 - correlations(logits.astype(np.float64))
    np.fill_diagonal(distance, 0)
    merges = linkage(squareform(distance, checks=False), method="average")
    heights = merges[:, 2] / merges[-1, 2]

    members = [[c] for c in range(classes)]
    for left, right, _, _ in merges:
        members.append(sorted(members[int(left)] + members[int(right)]))
    # Kept nodes, as (members, s), from the root down; each group's own place is found by inclusion, not by walking the tree.
    parent = {}
    for i, (left, right, _, _) in enumerate(merges):
        parent[int(left)] = parent[int(right)] = classes + i
    kept = {}
    for i in reversed(range(classes - 1)):
        above = parent.get(classes + i)
        while above is not None and above not in kept:
            above = parent.get(above)
        if above is None or heights[above - classes] - heights[i] >= 1e-6:
            kept[classes + i] = min(heights[i], CLIP)

    def above(group):
        return np.prod([s for node, s in kept.items() if set(group) < set(members[node])])

    groups = [{"members": [c], "weight": float(above([c]))} for c in range(classes)]
    groups += [{"members": members[n], "weight": float((1 - kept[n]) * above(members[n]))} for n in sorted(kept)]
    return {
        "name": name,
        "samples": samples,
        "classes": classes,
        "logits": [float(str(v)) for v in logits.ravel()],
        "heights": [float(v) for v in heights],
        "groups": groups,
    }


def mixture(samples, classes, latents):
    """Logits that share a few directions, so that some classes go together."""
    return np.round(rng.normal(size=(samples, latents)) @ rng.normal(size=(latents, classes)) + 0.3 * rng.normal(size=(samples, classes)), 2)


ten = mixture(40, 10, 4)
# All others have r > 0, so that the constant one is last: it is 1 from every cluster, and would else be a tie.
constant = mixture(40, 10, 2) * 0.5 + 3 * rng.normal(size=(40, 1))
constant = np.round(constant, 2)
constant[:, 3] = 1.25
twins = mixture(20, 6, 3)
twins[:, 4] = twins[:, 1]
cases = [
    case("two classes", mixture(12, 2, 1)),
    case("two that exclude each other", np.stack([np.arange(8), -np.arange(8)], axis=1)),
    case("three classes", mixture(12, 3, 2)),
    case("ten classes", ten),
    case("ten classes, one of them constant", constant),
    case("six classes, two of them alike", twins),
    case("equally far from each other: one-hot", np.eye(5)),
    case("a hundred classes", mixture(16, 100, 6)),
]

out = pathlib.Path(__file__).with_suffix(".json")
out.write_text(json.dumps({"numpy": np.__version__, "scipy": scipy.__version__, "cases": cases}) + "\n")
