"""Files that NumPy itself writes: base64 of the file, and what is in it. Run: python npy.py > npy.json"""
import base64
import io
import json

import numpy as np

rng = np.random.default_rng(0)


def file(array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=False)
    return base64.b64encode(buffer.getvalue()).decode()


def entry(array, version=None):
    return {
        "descr": array.dtype.str,
        "shape": list(array.shape),
        "values": [float(v) for v in array.ravel()],
        "file": file(array, version),
    }


arrays = {
    "u1": rng.integers(0, 256, (3, 4, 2, 3), dtype=np.uint8),
    "f4": rng.normal(size=(4, 5)).astype(np.float32),
    "f8": rng.normal(size=(2, 3, 4)),
    "i4": rng.integers(0, 10, 7, dtype=np.int32),
    "i8": rng.integers(-5, 2**40, (6, 1)),
    "empty": np.zeros((0, 3), np.float32),
    "scalar": np.array(2.5),
}
cases = {name: entry(array) for name, array in arrays.items()}
for version in ((2, 0), (3, 0)):
    cases[f"version{version[0]}"] = entry(arrays["f4"], version)
refused = {
    "fortran": np.asfortranarray(arrays["f4"]),
    "big-endian": arrays["f4"].astype(">f4"),
    "half": arrays["f4"].astype(np.float16),
    "bool": arrays["u1"] > 100,
    "complex": np.zeros(2, np.complex64),
    "record": np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
    "text": np.array(["a", "bc"]),
}
data = rng.normal(size=(20, 3, 5, 3)) * [1, 20, 0.001] + [1000, -3, 0]
float32 = data.astype(np.float32).astype(np.float64)
bytes_ = rng.integers(0, 256, (20, 3, 5, 3), dtype=np.uint8)
statistics = {
    "floats": {"file": file(data.astype(np.float32)), "mean": list(float32.mean((0, 1, 2))), "std": list(float32.std((0, 1, 2)))},
    "bytes": {"file": file(bytes_), "mean": list((bytes_ / 255).mean((0, 1, 2))), "std": list((bytes_ / 255).std((0, 1, 2)))},
}
print(json.dumps({"read": cases, "refused": {name: {"file": file(array)} for name, array in refused.items()}, "statistics": statistics}))
