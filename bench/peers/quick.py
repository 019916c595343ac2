"""The whole run of examples/quick.prune.json in PyTorch, step by step the same: a dense twin; training with screening statistics gathered
(reading `input`) and a cut after every epoch, by ranks of F and of |w| and the logistic schedule; masks to a compact network, whose logits
are compared; fine-tuning with the zeros held. Errors are measured when the product measures them, and inference is timed as it times it.

python quick.py EXPERIMENT DATA THREADS OUT [first-batch]     EXPERIMENT: the resolved experiment; first-batch: ends after the first step
"""
import copy
import gzip
import json
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from networks import lenet
from ranks import percentiles

experiment = json.load(open(sys.argv[1]))
folder, threads, out = os.path.join(sys.argv[2], 'mnist'), int(sys.argv[3]), sys.argv[4]
only_first_batch = 'first-batch' in sys.argv
train, prune, fine_tune = experiment['train'], experiment['prune'], experiment['fineTune']
schedule, criterion = prune['schedule'], prune['criterion']
assert experiment['model']['name'] == 'lenet-300-100' and prune['method'] == 'wls' and prune['scope'] == 'global'
assert (train['schedule']['name'], fine_tune['schedule']['name'], schedule['name']) == ('cosine', 'cosine', 'logistic')
assert criterion['feature'] == 'input' and criterion['screening'] == {'norm': 'rank', 'scope': 'layer'}
assert criterion['magnitude'] == {'norm': 'rank', 'scope': 'global'}
torch.set_num_threads(threads)
torch.manual_seed(experiment['seed'])
CLASSES = 10


def idx(name, dimensions):
    file = os.path.join(folder, name)
    raw = open(file, 'rb') if os.path.exists(file) else gzip.open(file + '.gz')
    with raw:
        return np.frombuffer(raw.read(), np.uint8, offset=4 + 4 * dimensions)


def images(name):
    return torch.from_numpy(idx(name, 3).reshape(-1, 784).astype(np.float32) / 255)


def labels(name):
    return torch.from_numpy(idx(name, 1).astype(np.int64))


sizes = experiment['data']
end = sizes['train'] + sizes['validation']
x, y = images('train-images-idx3-ubyte'), labels('train-labels-idx1-ubyte')
x_test, y_test = images('t10k-images-idx3-ubyte')[: sizes['test']], labels('t10k-labels-idx1-ubyte')[: sizes['test']]
x_val, y_val = x[sizes['train'] : end], y[sizes['train'] : end]
x, y = x[: sizes['train']], y[: sizes['train']]
mean, std = x.mean(), x.std()
x, x_val, x_test = (x - mean) / std, (x_val - mean) / std, (x_test - mean) / std


def linears(model):
    return [m for m in model if isinstance(m, nn.Linear)]


def new_model():
    model = lenet()
    for layer in linears(model):
        nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
        nn.init.zeros_(layer.bias)
    return model


def optimiser_of(model, options):
    groups = [
        {'params': [layer.weight for layer in linears(model)], 'weight_decay': options['weightDecay']},
        {'params': [layer.bias for layer in linears(model)], 'weight_decay': 0},
    ]
    return torch.optim.SGD(groups, lr=options['learningRate'], momentum=options['momentum'], nesterov=options['nesterov'])


@torch.no_grad()
def errors(model, inputs, targets):
    wrong = sum(int((model(a).argmax(1) != b).sum()) for a, b in zip(inputs.split(1000), targets.split(1000)))
    return wrong / len(targets)


class Statistics:
    """Class sums of a feature, from which F is computed (pruning by screening, eq. 4)."""

    def __init__(self, features):
        self.n = torch.zeros(CLASSES, dtype=torch.float64)
        self.sums = torch.zeros(CLASSES, features, dtype=torch.float64)
        self.squares = torch.zeros(features, dtype=torch.float64)

    def add(self, a, members):
        self.n += members.sum(0)
        self.sums += members.T @ a
        self.squares += (a * a).sum(0)

    def f(self):
        n = self.n.sum()
        explained = (self.sums**2 / self.n[:, None]).sum(0)
        between = (explained - self.sums.sum(0) ** 2 / n).clamp(min=0)
        within = (self.squares - explained).clamp(min=0)
        f = between / within * (n - CLASSES) / (CLASSES - 1)
        return torch.where(within > 0, f, torch.zeros_like(f))


def epoch(model, optimiser, masks=None, statistics=None):
    total, wrong = 0.0, 0
    layers = linears(model)
    for rows in torch.randperm(len(x)).split(train['batch']):
        inputs, targets = x[rows], y[rows]
        hidden = [inputs]
        h = inputs
        for i, layer in enumerate(layers):
            h = layer(h)
            if i < len(layers) - 1:
                h = h.relu()
                hidden.append(h)
        loss = F.cross_entropy(h, targets)
        if statistics is not None:
            members = F.one_hot(targets, CLASSES).float()
            for gathered, a in zip(statistics, hidden[1:]):
                gathered.add(a.detach(), members)
        optimiser.zero_grad()
        loss.backward()
        if masks is not None:
            for layer, mask in zip(layers, masks):
                layer.weight.grad *= mask
        optimiser.step()
        total += loss.item() * len(rows)
        wrong += int((h.argmax(1) != targets).sum())
        if only_first_batch:
            sys.exit()
    return total / len(x), wrong / len(x)


@torch.no_grad()
def cut(model, optimiser, masks, f, keep):
    layers = linears(model)
    alive = [mask > 0 for mask in masks]
    magnitude = percentiles(torch.cat([layer.weight[a].abs() for layer, a in zip(layers, alive)]))
    screening = torch.cat([percentiles(fl[None, :].expand_as(a)[a]) for fl, a in zip(f, alive)])
    scores = criterion['lambda'] * screening + (1 - criterion['lambda']) * magnitude
    chosen = torch.zeros(len(scores))
    chosen[scores.topk(keep).indices] = 1
    for layer, mask, a, part in zip(layers, masks, alive, chosen.split([int(a.sum()) for a in alive])):
        mask[a] = part
        layer.weight *= mask
        optimiser.state[layer.weight]['momentum_buffer'] *= mask


def keep_fraction(progress):
    if progress <= schedule['start']:
        return 1.0
    if progress >= schedule['end']:
        return prune['keep']
    t = (progress - schedule['start']) / (schedule['end'] - schedule['start'])
    s = lambda at: 1 / (1 + math.exp(schedule['steepness'] * (schedule['midpoint'] - at)))  # noqa: E731
    return prune['keep'] + (1 - prune['keep']) * (1 - (s(t) - s(0)) / (s(1) - s(0)))


@torch.no_grad()
def compact(model, masks):
    """Without neurons that nothing feeds or reads; what a neuron without inputs gives goes into the biases behind it."""
    parts = [(layer.weight.clone(), layer.bias.clone(), mask.clone()) for layer, mask in zip(linears(model), masks)]
    for _ in parts:
        for i in range(len(parts) - 1):
            (w, b, m), (w2, b2, m2) = parts[i], parts[i + 1]
            fed, read = m.any(1), m2.any(0)
            b2 = b2 + (w2 * ~fed) @ b.relu()
            kept = fed & read
            parts[i], parts[i + 1] = (w[kept], b[kept], m[kept]), (w2[:, kept], b2, m2[:, kept])
    layers = []
    for i, (w, b, _) in enumerate(parts):
        layer = nn.Linear(w.shape[1], w.shape[0])
        layer.weight.copy_(w)
        layer.bias.copy_(b)
        layers += [layer] if i == len(parts) - 1 else [layer, nn.ReLU()]
    return nn.Sequential(*layers), [m for _, _, m in parts]


@torch.no_grad()
def measure(model):
    """Error on the test set and the median time of inference."""
    latency = experiment['measure']['latency']
    inputs, times = x_test[: latency['batch']], []
    for _ in range(latency['repeats'] + 3):
        start = time.perf_counter()
        model(inputs)
        times.append(time.perf_counter() - start)
    return errors(model, x_test, y_test), float(np.median(times[3:]))


def cosine(options, e):
    return options['learningRate'] * (1 + math.cos(math.pi * e / options['epochs'])) / 2


def set_rate(optimiser, rate):
    for group in optimiser.param_groups:
        group['lr'] = rate


report = {'history': []}
start_model = new_model()

twin = copy.deepcopy(start_model)
optimiser = optimiser_of(twin, train)
for e in range(train['epochs']):
    set_rate(optimiser, cosine(train, e))
    loss, error = epoch(twin, optimiser)
    report['history'].append(['twin', loss, error, errors(twin, x_val, y_val)])
report['dense'] = measure(twin)

model = start_model
masks = [torch.ones_like(layer.weight) for layer in linears(model)]
total = sum(mask.numel() for mask in masks)
optimiser = optimiser_of(model, train)
pixels = Statistics(784)
for a, b in zip(x.split(1000), y.split(1000)):
    pixels.add(a, F.one_hot(b, CLASSES).float())
kept = total
final = round(prune['keep'] * total)
for e in range(train['epochs']):
    set_rate(optimiser, cosine(train, e))
    target = round(keep_fraction((e + 1) / train['epochs']) * total)
    statistics = [Statistics(layer.in_features) for layer in linears(model)[1:]] if target < kept else None
    loss, error = epoch(model, optimiser, masks, statistics)
    if statistics:
        cut(model, optimiser, masks, [pixels.f(), *(gathered.f() for gathered in statistics)], target)
        kept = target
    row = ['train', loss, error, errors(model, x_val, y_val)]
    report['history'].append(row + [errors(model, x_test, y_test)] if kept == final else row)
report['masked'] = measure(model)

small, small_masks = compact(model, masks)
with torch.no_grad():
    difference = float((model(x_test[:1000]) - small(x_test[:1000])).abs().max())
assert difference < 1e-3, f'the compact network differs by {difference}'
report['compact'] = measure(small)

optimiser = optimiser_of(small, fine_tune)
for e in range(fine_tune['epochs']):
    set_rate(optimiser, cosine(fine_tune, e))
    loss, error = epoch(small, optimiser, small_masks)
    report['history'].append(['fine-tune', loss, error, errors(small, x_val, y_val), errors(small, x_test, y_test)])
report['fine-tuned'] = measure(small)

os.makedirs(out, exist_ok=True)
torch.save(model.state_dict(), os.path.join(out, 'masked.pt'))
torch.save(small, os.path.join(out, 'compact.pt'))
report['kept'] = [int(mask.sum()) for mask in masks]
json.dump(report, open(os.path.join(out, 'report.json'), 'w'))
