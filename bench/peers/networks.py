"""The networks that are measured, as PyTorch users write them."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv(i, o, k=3, stride=1):
    return nn.Conv2d(i, o, k, stride, padding=k // 2, bias=False)


class DenseLayer(nn.Module):
    def __init__(self, c, growth):
        super().__init__()
        self.bn, self.conv = nn.BatchNorm2d(c), conv(c, growth)

    def forward(self, x):
        return torch.cat([x, self.conv(F.relu(self.bn(x)))], 1)


class Transition(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.bn, self.conv = nn.BatchNorm2d(c), conv(c, c, 1)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.bn(x))), 2)


class Head(nn.Module):
    def __init__(self, c, normed=True):
        super().__init__()
        self.bn, self.fc = nn.BatchNorm2d(c) if normed else None, nn.Linear(c, 10)

    def forward(self, x):
        return self.fc((F.relu(self.bn(x)) if self.bn else x).mean((2, 3)))


def densenet(depth=40, growth=12):
    c, layers = 2 * growth, [conv(3, 2 * growth)]
    for block in range(3):
        for _ in range((depth - 4) // 3):
            layers.append(DenseLayer(c, growth))
            c += growth
        if block < 2:
            layers.append(Transition(c))
    return nn.Sequential(*layers, Head(c))


class Bottleneck(nn.Module):
    def __init__(self, i, planes, stride, project):
        super().__init__()
        o = 4 * planes
        self.bn1, self.conv1 = nn.BatchNorm2d(i), conv(i, planes, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(planes), conv(planes, planes, 3, stride)
        self.bn3, self.conv3 = nn.BatchNorm2d(planes), conv(planes, o, 1)
        self.down = conv(i, o, 1, stride) if project else None

    def forward(self, x):
        y = self.conv1(F.relu(self.bn1(x)))
        y = self.conv2(F.relu(self.bn2(y)))
        y = self.conv3(F.relu(self.bn3(y)))
        return y + (self.down(x) if self.down else x)


def preresnet(depth):
    n, c, layers = (depth - 2) // 9, 16, [conv(3, 16)]
    for stage, planes in enumerate([16, 32, 64]):
        for block in range(n):
            layers.append(Bottleneck(c, planes, 2 if stage and not block else 1, not block))
            c = 4 * planes
    return nn.Sequential(*layers, Head(c))


def vgg16():
    c, layers = 3, []
    for width in [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 'M', 512, 512, 512, 'M', 512, 512, 512]:
        if width == 'M':
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [conv(c, width), nn.BatchNorm2d(width), nn.ReLU()]
            c = width
    return nn.Sequential(*layers, Head(c, normed=False))


def lenet():
    return nn.Sequential(nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))


MODELS = {
    'lenet-300-100': lenet,
    'densenet-40': densenet,
    'resnet-164': lambda: preresnet(164),
    'preresnet-20': lambda: preresnet(20),
    'vgg-16': vgg16,
}
