"""One epoch of LeNet-300-100 on 50,000 samples at batch 128 in PyTorch: shuffled rows, Nesterov SGD with weight decay, and, with `masked`,
a fixed 5% mask held on gradients, as the product does. Prints {"seconds": [...]} of as many epochs as asked, after one warm-up.

python lenet_epoch.py dense|masked THREADS EPOCHS
"""
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

mode, threads, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)
N, B = 50_000, 128
x = torch.rand(N, 784)
y = torch.randint(0, 10, (N,))
model = nn.Sequential(nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))
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


seconds = []
for e in range(epochs + 1):
    start = time.perf_counter()
    epoch()
    if e:
        seconds.append(time.perf_counter() - start)
print(json.dumps({'seconds': seconds}))
