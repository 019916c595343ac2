"""PyTorch's values for masked SGD on a small MLP: writes masked_sgd.json beside this file.

python masked_sgd.py   (torch 2.x)
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(7)
dims = [6, 5, 4, 3]
names = ['fc1', 'fc2', 'fc3']
x = torch.randn(4, 8, dims[0])
y = torch.randint(0, dims[-1], (4, 8))
weights = [torch.randn(a, b).mul_((2 / a) ** 0.5) for a, b in zip(dims, dims[1:])]
biases = [torch.randn(b).mul_(0.1) for b in dims[1:]]
masks = [(torch.rand_like(w) < 0.6).float() for w in weights]


def train(nesterov, decay, masked):
    w = [(a * m if masked else a.clone()).requires_grad_() for a, m in zip(weights, masks)]
    b = [a.clone().requires_grad_() for a in biases]
    optimiser = torch.optim.SGD(
        [{'params': w, 'weight_decay': decay}, {'params': b, 'weight_decay': 0}], lr=0.1, momentum=0.9, nesterov=nesterov
    )
    losses = []
    for xs, ys in zip(x, y):
        h = xs
        for l in range(3):
            h = h @ w[l] + b[l]
            if l < 2:
                h = h.relu()
        loss = F.cross_entropy(h, ys)
        optimiser.zero_grad()
        loss.backward()
        if masked:
            for a, m in zip(w, masks):
                a.grad *= m
        optimiser.step()
        losses.append(loss.item())
    return {
        'nesterov': nesterov,
        'decay': decay,
        'masked': masked,
        'losses': losses,
        'weights': [a.detach().flatten().tolist() for a in w],
        'biases': [a.detach().tolist() for a in b],
    }


out = {
    'dims': dims,
    'x': x.tolist(),
    'y': y.tolist(),
    'weights': [a.flatten().tolist() for a in weights],
    'biases': [a.tolist() for a in biases],
    'masks': [a.flatten().int().tolist() for a in masks],
    'runs': [train(n, d, m) for n in (True, False) for d in (0, 5e-3) for m in (False, True)],
}
pathlib.Path(__file__).with_suffix('.json').write_text(json.dumps(out))
