"""Training steps and inference in PyTorch: convolutions channels last, inference in eval mode without gradients.

step: one on a batch (the loss is read). Of LeNet-300-100 rows are drawn from 50,000 samples; the other networks' batch is ready.

python network.py NAME step|infer THREADS BATCH
"""
import sys

import torch
import torch.nn.functional as F
from networks import MODELS
from serve import serve

name, mode, threads, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(0)
model = MODELS[name]()
if name == 'lenet-300-100':
    samples, labels = torch.rand(50_000, 784), torch.randint(0, 10, (50_000,))
    order = torch.randperm(50_000)
    x = samples[:batch]
else:
    model = model.to(memory_format=torch.channels_last)
    x = torch.randn(batch, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, 10, (batch,))
optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4)
at = 0


def next_batch():
    global at
    if name != 'lenet-300-100':
        return x, y
    if at + batch > len(order):
        at = 0
    rows = order[at : at + batch]
    at += batch
    return samples[rows], labels[rows]


def step():
    inputs, targets = next_batch()
    optimiser.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimiser.step()
    loss.item()


def infer():
    with torch.no_grad():
        model(x).sum().item()


if mode == 'infer':
    model.eval()
serve(step if mode == 'step' else infer)
