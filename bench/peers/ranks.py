"""Ranks as weight-level screening takes them."""
import torch


def percentiles(values):
    """Mid-percentiles; ties share theirs."""
    _, inverse, counts = torch.unique(values, return_inverse=True, return_counts=True)
    counts = counts.double()
    return ((counts.cumsum(0) - counts / 2) / len(values))[inverse]
