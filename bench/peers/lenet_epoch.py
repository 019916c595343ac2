"""One epoch of LeNet-300-100 on 50,000 samples at batch 128 in PyTorch: shuffled rows, Nesterov SGD with weight decay, and, with `masked`,
a fixed 5% mask held on gradients, as the product does.

python lenet_epoch.py dense|masked THREADS
"""
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from networks import lenet
from serve import serve

mode, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(0)
N, B = 50_000, 128
x = torch.rand(N, 784)
y = torch.randint(0, 10, (N,))
model = lenet()
weights = [m.weight for m in model if isinstance(m, nn.Linear)]
biases = [m.bias for m in model if isinstance(m, nn.Linear)]
masks = [(torch.rand_like(w) < 0.05).float() for w in weights] if mode == 'masked' else None
if masks:
    with torch.no_grad():
        for w, m in zip(weights, masks):
            w *= m
optimiser = torch.optim.SGD(
    [{'params': weights, 'weight_decay': 5e-4}, {'params': biases, 'weight_decay': 0}], lr=0.01, momentum=0.9, nesterov=True
)


def epoch():
    order = torch.randperm(N)
    total = 0.0
    errors = 0
    for i in range(0, N, B):
        rows = order[i : i + B]
        logits = model(x[rows])
        labels = y[rows]
        loss = F.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        if masks:
            for w, m in zip(weights, masks):
                w.grad *= m
        optimiser.step()
        # the product reports loss and error of each epoch, so the peer keeps them too
        total += loss.item() * len(rows)
        errors += int((logits.argmax(1) != labels).sum())
    return total, errors


serve(epoch, warm_ups=1)
