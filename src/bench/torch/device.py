"""Where PyTorch works: BENCH_DEVICE, "cpu" or "cuda". On a GPU as its users would have it: products in TF32, as TensorFlow
has them by default; the fastest convolution found by trying; graphs of CUDA around what is compiled."""

import os

import torch

DEVICE = torch.device(os.environ.get("BENCH_DEVICE", "cpu"))

if DEVICE.type == "cuda":
    if os.environ.get("NVIDIA_TF32_OVERRIDE") != "0":
        torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True


def here(tensors):
    return {name: value.to(DEVICE) for name, value in tensors.items()}


def compiled(function):
    if DEVICE.type == "cpu":
        return torch.compile(function)
    return torch.compile(function, mode="reduce-overhead", dynamic=False)
