"""Writes f_oneway.json: small labelled samples and the F-statistic of each feature by scipy.stats.f_oneway.

usage: python f_oneway.py   (numpy and scipy; the file names the versions that wrote it)

x is float32, row by row, written so that reading it back as float32 gives the same bits; F is computed in float64 from those values.
scipy answers nan for a constant feature and inf for a perfectly separated one; JSON has neither, so they are written as strings.
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
from scipy.stats import f_oneway

rng = np.random.default_rng(20250211)


def case(name, x, y, classes):
    x = np.asarray(x, dtype=np.float32)
    groups = [x[y == c].astype(np.float64) for c in range(classes) if (y == c).any()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f = f_oneway(*groups, axis=0).statistic
    number = lambda v: float(v) if np.isfinite(v) else str(v)
    return {
        "name": name,
        "classes": classes,
        "labels": [int(v) for v in y],
        "x": [[float(str(v)) for v in row] for row in x],
        "f": [number(v) for v in f],
    }


def labels(n, classes):
    return np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])


cases = []
y = labels(60, 4)
shift = np.array([0, 0.2, 1, 5])
cases.append(case("normal", rng.normal(size=(60, 4)) + y[:, None] * shift, y, 4))

y = labels(50, 3)
cases.append(case("mean of 1e5 deviations", 1e5 + rng.normal(size=(50, 4)) + y[:, None] * np.array([0, 0.1, 1, 3]), y, 3))
cases.append(case("tiny and huge scales", (rng.normal(size=(50, 4)) + y[:, None]) * np.array([1e-12, 1e-4, 1e4, 1e12]), y, 3))

y = rng.choice([0, 2, 5], size=45)
cases.append(case("classes without samples", rng.normal(size=(45, 3)) + y[:, None] * np.array([0, 0.3, 1]), y, 7))

y = np.concatenate([np.zeros(40, int), [1], np.full(5, 2)])
cases.append(case("unbalanced, one class of one sample", rng.exponential(size=(46, 3)) * (1 + y[:, None] * np.array([0, 1, 4])), y, 3))

y = labels(48, 3)
pixels = np.maximum(rng.normal(size=(48, 4)) * 80 + y[:, None] * np.array([-20, 10, 30, 60]), 0).astype(int).clip(0, 255)
cases.append(case("pixels", pixels, y, 3))

y = labels(40, 4)
x = np.column_stack([
    np.zeros(40),
    np.full(40, -0.42421296),
    np.full(40, 1e5),
    np.array([1.0, -2.0, 0.5, 7.0])[y],
    (y == 2).astype(float),
    rng.normal(size=40) + y,
    np.maximum(rng.normal(size=40) - 1, 0),
])
cases.append(case("dead and perfectly separated features", x, y, 4))

out = {"versions": {"numpy": np.__version__, "scipy": scipy.__version__}, "cases": cases}
text = json.dumps(out, separators=(",", ":")).replace("},{", "},\n{")
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
