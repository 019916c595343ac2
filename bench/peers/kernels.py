"""Single kernels in PyTorch; see ../cases/kernels.ts.

python kernels.py matmul|conv|copy THREADS
"""
import sys

import torch
import torch.nn.functional as F
from serve import serve

mode, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
if mode == 'matmul':
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
elif mode == 'conv':
    a = torch.randn(64, 64, 32, 32).contiguous(memory_format=torch.channels_last)
    b = torch.randn(64, 64, 3, 3).contiguous(memory_format=torch.channels_last)
else:
    a, b = torch.zeros(64 * 1024 * 1024), torch.zeros(())
work = {'matmul': lambda: a @ b, 'conv': lambda: F.conv2d(a, b, padding=1), 'copy': lambda: a + b}[mode]


def once():
    with torch.no_grad():
        work()


serve(once, warm_ups=3, times=5)
