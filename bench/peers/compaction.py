"""Compaction of a CIFAR network by torch-pruning: 60% of each layer's channels removed by the magnitude of their weights, in one step, as its
guide shows it: tracing of the dependencies, ranking, removal. Then batch norms right behind convolutions are folded.
Each round tells how many parameters the smaller network has.

python compaction.py densenet-40|resnet-164|vgg-16|preresnet-20 THREADS
"""
import sys

import torch
import torch.nn as nn
import torch_pruning as tp
from networks import MODELS
from serve import serve
from torch.nn.utils.fusion import fuse_conv_bn_eval

name, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
x = torch.randn(1, 3, 32, 32)
model = None
params = 0


def before():
    global model
    model = MODELS[name]().eval()


def once():
    global params
    pruner = tp.pruner.MagnitudePruner(
        model, x, importance=tp.importance.MagnitudeImportance(p=1), pruning_ratio=0.6, ignored_layers=[model[-1].fc]
    )
    pruner.step()
    params = sum(p.numel() for p in model.parameters())
    layers = list(model)
    for conv, norm in zip(layers, layers[1:]):
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            fuse_conv_bn_eval(conv, norm)


serve(once, before=before, more=lambda: {'same': [params]})
