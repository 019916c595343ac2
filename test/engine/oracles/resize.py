"""Antialiased bilinear scaling, by PyTorch. Run: python resize.py > resize.json"""
import json

import torch
from torch.nn.functional import interpolate

cases = []
for height, width, size in ((20, 13, 8), (8, 31, 16), (9, 9, 32), (100, 60, 8)):
    # The test writes the same images: a rule of row, column and channel.
    y, x, c = torch.meshgrid(torch.arange(height), torch.arange(width), torch.arange(3), indexing="ij")
    image = ((x * x * 7 + y * 13 + x * y + c * 40) % 256).double()
    scaled = interpolate(image.permute(2, 0, 1)[None], size=(size, size), mode="bilinear", antialias=True, align_corners=False)
    values = [round(v, 3) for v in scaled[0].permute(1, 2, 0).flatten().tolist()]
    cases.append({"height": height, "width": width, "size": size, "values": values})
print(json.dumps(cases))
