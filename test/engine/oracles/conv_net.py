"""PyTorch's values for three masked SGD steps of a small network with every kind of layer: writes conv_net.json beside this file.

python conv_net.py   (torch 2.x)

In double precision. Images are written [height, width, channels], filters [height, width, inputs, outputs]. TensorFlow's `same` padding of
an even length at stride 2 puts its zero at the bottom and right only, hence F.pad.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
BATCH, STEPS = 4, 3
x = torch.randn(STEPS, BATCH, 8, 8, 3).round(decimals=2)
y = torch.randint(0, 5, (STEPS, BATCH))
NORMS = {'bn1': (6, 1e-5, 0.1), 'bn2': (6, 1e-3, 0.3), 'bn3': (21, 1e-5, 0.1), 'bn4': (7, 1e-5, 0.1)}  # channels, epsilon, momentum
shapes = {'conv1': (3, 3, 3, 6), 'conv2': (3, 3, 4, 6), 'conv3': (1, 1, 21, 2), 'fc1': (21, 7), 'fc2': (39, 5)}
biases = {'conv1': 6, 'fc2': 5}


def draw(shape, scale=1.0):
    return (torch.randn(shape) * scale).round(decimals=3)


start = {name: {'weights': draw(shape, 0.3), 'bias': draw(biases[name], 0.1) if name in biases else torch.zeros(0)} for name, shape in shapes.items()}
for name, (channels, _, _) in NORMS.items():
    start[name] = {
        'weights': 1 + draw(channels, 0.3),
        'bias': draw(channels, 0.3),
        'mean': draw(channels, 0.2),
        'variance': 0.5 + draw(channels).abs(),
    }
weight_masks = {name: (torch.rand(shape) < 0.7).int() for name, shape in shapes.items()}
channel_masks = {name: (torch.rand(channels) < 0.7).int() for name, (channels, _, _) in NORMS.items()}
bias_masks = {'conv1': torch.tensor([1, 0, 1, 1, 0, 1], dtype=torch.int32)}


def train(masked, decay, penalty):
    p = {n: {k: v.clone() for k, v in part.items()} for n, part in start.items()}
    masks = {}  # (layer, array) -> mask
    if masked:
        masks = {(n, 'weights'): m for n, m in weight_masks.items()} | {(n, 'bias'): m for n, m in bias_masks.items()}
        masks |= {(n, k): m for n, m in channel_masks.items() for k in ('weights', 'bias')}
    for (n, k), m in masks.items():
        p[n][k] *= m
    decayed, free = [], []
    for n in p:
        for k in ('weights', 'bias'):
            p[n][k].requires_grad_()
            (decayed if k == 'weights' or n in NORMS else free).append(p[n][k])
    optimiser = torch.optim.SGD([{'params': decayed, 'weight_decay': decay}, {'params': free, 'weight_decay': 0}], lr=0.05, momentum=0.9, nesterov=True)

    def norm(name, h, training):
        q, (_, epsilon, momentum) = p[name], NORMS[name]
        return F.batch_norm(h, q['mean'], q['variance'], q['weights'], q['bias'], training, momentum, epsilon)

    def filters(name):
        return p[name]['weights'].permute(3, 2, 0, 1)

    def forward(images, training):
        h = images.permute(0, 3, 1, 2)
        relu1 = norm('bn1', F.conv2d(h, filters('conv1'), p['conv1']['bias'], padding=1), training).relu()
        select = relu1[:, [5, 0, 3, 2]]
        relu2 = norm('bn2', F.conv2d(F.pad(select, (0, 1, 0, 1)), filters('conv2'), stride=2), training).relu()
        pooled = F.max_pool2d(relu1, 2)
        total = relu2 + pooled
        concat = torch.cat([total, F.avg_pool2d(relu1, 2), F.pad(pooled, (0, 0, 0, 0, 1, 2))], 1)
        relu3 = norm('bn3', concat, training).relu()
        relu4 = norm('bn4', relu3.mean((2, 3)) @ p['fc1']['weights'], training).relu()
        flat = F.conv2d(relu3, filters('conv3')).permute(0, 2, 3, 1).flatten(1)
        return torch.cat([relu4, flat], 1) @ p['fc2']['weights'] + p['fc2']['bias']

    losses = []
    for xs, ys in zip(x, y):
        loss = F.cross_entropy(forward(xs, True), ys)
        optimiser.zero_grad()
        loss.backward()
        for n in NORMS:
            p[n]['weights'].grad += penalty * p[n]['weights'].detach().sign()
        for (n, k), m in masks.items():
            p[n][k].grad *= m
        optimiser.step()
        losses.append(loss.item())
    rounded = lambda t: [round(v, 8) for v in t.detach().flatten().tolist()]
    return {
        'masked': masked,
        'decay': decay,
        'penalty': penalty,
        'losses': losses,
        'values': {n: {k: rounded(v) for k, v in part.items()} for n, part in p.items()},
        'logits': rounded(forward(x[0], False)),
    }


listed = lambda parts: {n: t.flatten().tolist() for n, t in parts.items()}
out = {
    'x': x.flatten(1).tolist(),
    'y': y.tolist(),
    'start': {n: listed(part) for n, part in start.items()},
    'weightMasks': listed(weight_masks),
    'channelMasks': listed(channel_masks),
    'biasMasks': listed(bias_masks),
    'runs': [train(False, 0, 0), train(True, 5e-3, 1e-2)],
}
pathlib.Path(__file__).with_suffix('.json').write_text(json.dumps(out, separators=(',', ':')) + '\n')
