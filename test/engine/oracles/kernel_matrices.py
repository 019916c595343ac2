"""Writes kernel_matrices.json: maps of a few channels, and what structured lasso needs of their kernels, in float64 from whole matrices.

usage: python kernel_matrices.py > kernel_matrices.json   (numpy)

Each case: maps [channels][samples][positions] and an output [samples][numbers] as float32 values, labels, logits [samples][classes]; for each
response the Gram matrix D'D, D'T, and at some coefficients B the objective 1/2 ||T - D B||^2 formed from the columns themselves.
"""
import json

import numpy as np

rng = np.random.default_rng(20250807)


def squared_distances(x):
    return ((x[:, None, :] - x[None, :, :]) ** 2).sum(2)


def gaussian(x):
    """Width: the median distance of all pairs that differ, as float32 can tell (of an even number, the upper middle one)."""
    d = squared_distances(x)
    norms = ((x - x.mean(0)) ** 2).sum(1)
    differing = np.sort(d[d > 2e-6 * (norms[:, None] + norms[None, :])])
    return np.ones_like(d) if len(differing) == 0 else np.exp(-d / (2 * differing[len(differing) // 2]))


def column(k):
    """The kernel centred by the matrix H = I - 1/n, as a vector of length 1; zeros for a constant one."""
    n = len(k)
    h = np.eye(n) - 1 / n
    v = (h @ k @ h).ravel()
    norm = np.linalg.norm(v)
    return v / norm if norm > 1e-9 * n else np.zeros(n * n)


def responses(name, labels, classes, logits, output):
    same = [np.outer(labels == c, labels == c) / max(1, (labels == c).sum()) for c in range(classes)]
    if name == "logit":
        return [gaussian(logits[:, [c]]) for c in range(classes)]
    if name == "label":
        return same
    if name == "same-class":
        return [sum(same)]
    if name == "output":
        return [gaussian(output)]
    touching = [np.logical_or.outer(labels == c, labels == c) for c in range(classes)]
    return [gaussian(output) * t for t in touching]


def case(name, maps, output, labels, logits):
    maps, output, logits = (np.asarray(a, dtype=np.float32) for a in (maps, output, logits))
    classes = logits.shape[1]
    exact = lambda a: [float(str(v)) for v in a.ravel()]
    out = {
        "name": name,
        "channels": len(maps),
        "samples": len(labels),
        "classes": classes,
        "maps": exact(maps),
        "output": exact(output),
        "labels": [int(v) for v in labels],
        "logits": exact(logits),
        "responses": {},
    }
    d = np.stack([column(gaussian(m.astype(np.float64))) for m in maps], 1)
    out["gram"] = (d.T @ d).ravel().tolist()
    for response in ("logit", "label", "feature", "output", "same-class"):
        kernels = responses(response, labels, classes, logits.astype(np.float64), output.astype(np.float64))
        t = np.stack([column(k) for k in kernels], 1)
        b = rng.random((d.shape[1], t.shape[1])) * (rng.random((d.shape[1], t.shape[1])) < 0.6)
        out["responses"][response] = {
            "correlation": (d.T @ t).ravel().tolist(),
            "energy": float((t**2).sum()),
            "coefficients": b.ravel().tolist(),
            "objective": float(0.5 * ((t - d @ b) ** 2).sum()),
        }
    return out


def make(name, channels, samples, positions, classes, spoil=lambda maps: maps):
    labels = rng.permutation(np.arange(samples) % classes)
    patterns = rng.normal(size=(channels, classes, positions))
    maps = spoil(patterns[:, labels] + rng.normal(size=(channels, samples, positions)))
    logits = 2 * np.eye(classes)[labels] + rng.normal(size=(samples, classes))
    output = maps.transpose(1, 0, 2).reshape(samples, -1) @ rng.normal(size=(channels * positions, 6))
    return case(name, maps, output, labels, logits)


def rectified(maps):
    """After a ReLU; one channel that is always silent, one that fires for a single sample, one that is constant."""
    maps = np.maximum(maps, 0)
    maps[0] = 0
    maps[1, 1:] = 0
    maps[1, 0] = 3
    maps[2] = 0.1
    return maps


def far(maps):
    """Large against what differs, and of very different sizes."""
    return (maps + 50) * np.logspace(-4, 4, len(maps))[:, None, None]


print(
    json.dumps(
        [
            make("maps", 5, 24, 9, 3),
            make("rows", 6, 25, 1, 4),
            make("rectified", 7, 30, 4, 3, rectified),
            make("far", 5, 21, 6, 2, far),
        ]
    )
)
