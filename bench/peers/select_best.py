"""The mask of the best 5% of many scores in PyTorch.

select: by scores that are given.
rank:   the same, and before that the scores of weight-level screening, ranks of F in each layer of a million and of |w| over all.

python select_best.py select|rank COUNT THREADS
"""
import sys

import torch
from fixed_numbers import spread
from ranks import percentiles
from serve import serve

LAYER, INPUTS, KEEP, LAMBDA = 1_000_000, 1000, 0.05, 0.2
mode, count, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
w = torch.from_numpy(spread(count)).abs()
layers = -(-count // LAYER)
f = torch.from_numpy(spread(layers * INPUTS)).abs()
k = round(KEEP * count)
mask = None


def scores():
    if mode == 'select':
        return w
    screening = []
    for at in range(layers):
        size = min(LAYER, count - at * LAYER)
        screening.append(percentiles(f[at * INPUTS : (at + 1) * INPUTS].repeat_interleave(size // INPUTS)))
    return LAMBDA * torch.cat(screening) + (1 - LAMBDA) * percentiles(w)


def once():
    global mask
    # kthvalue() and a comparison take as long.
    best = scores().topk(k, sorted=False).indices
    mask = torch.zeros(count, dtype=torch.bool)
    mask[best] = True


pace = {'warm_ups': 0, 'times': 1} if mode == 'rank' else {'warm_ups': 1}
serve(once, **pace, more=lambda: {'same': [int(mask.sum()), float(w[mask].double().sum())]})
