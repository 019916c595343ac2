"""The first numbers of the fixed sequence of ../shared/numbers.ts, as float32."""
import numpy as np


def spread(count):
    hashed = (np.arange(1, count + 1, dtype=np.uint64) * 2654435761 & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    return ((hashed >> 8) / 2**23).astype(np.float32)
