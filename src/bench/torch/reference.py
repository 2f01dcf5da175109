"""The bench's cases in PyTorch, as its users would write them for the device: fused attention, no_grad, the memory format
that is faster for the variant, torch.compile around what a step computes.

A worker (worker.py), so that the bench can alternate single timed runs of PyTorch and of the library:

  {"op": "prepare", "kind", "file": tensors, ...} -> {}
"""

import math
import os
import tempfile
import warnings

warnings.filterwarnings("ignore")

import torch
import torch.nn.functional as F
from PIL import Image

from device import DEVICE, compiled, here
from fastest import Fastest
from large import Large
from networks import convnet, dit, read_safetensors, time_classifier, to_pytorch, unet
from worker import milliseconds, serve

torch.set_num_threads(int(os.environ["BENCH_THREADS"]))


def part(tensors, prefix):
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def formatted(weights, config, memory_format):
    return {
        path: (value.to(memory_format=memory_format) if value.dim() == 4 else value).clone()
        for path, value in to_pytorch(weights, config).items()
    }


def nchw(x, memory_format):
    return x.permute(0, 3, 1, 2).contiguous(memory_format=memory_format)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def denoise(w, x, t, y, config):
    return {"unet": unet, "dit": dit}[config["kind"]](w, x, t, y, config)


class Denoiser:
    """A forward pass, or the gradient of the sum of its squares by the image."""

    def __init__(self, request, tensors, memory_format):
        config, given = request["config"], part(tensors, "in/")
        self.mode = request["mode"]
        self.w = formatted(part(tensors, "denoiser/"), config, memory_format)
        self.x = nchw(given["x"], memory_format)
        if request["bfloat16"]:
            self.w = {path: value.bfloat16() for path, value in self.w.items()}
            self.x = self.x.bfloat16()
        y, t = given["y"].long(), given["t"].float()
        network = lambda x: denoise(self.w, x, t, y, config)
        self.functions = {"eager": network, "compile": compiled(network)}

    def run(self, variant):
        apply = self.functions[variant]
        if self.mode == "forward":
            with torch.no_grad():
                return nhwc(apply(self.x)).float()
        x = self.x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(apply(x).square().sum(), x)
        return nhwc(gradient)


class Training:
    """One step of Adam on one batch."""

    def __init__(self, request, tensors, memory_format):
        config, given = request["config"], part(tensors, "in/")
        self.w = formatted(part(tensors, "network/"), config, memory_format)
        for value in self.w.values():
            value.requires_grad_()
        x, y = nchw(given["x"], memory_format), given["y"].long()
        loss = lambda: F.cross_entropy(convnet(self.w, x, config), y)
        self.functions = {"eager": loss, "compile": compiled(loss)}
        self.optimiser = torch.optim.Adam(self.w.values(), lr=request["rate"], fused=True)

    def run(self, variant):
        loss = self.functions[variant]()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return loss.detach()


class Guided:
    """DDIM with classifier-free guidance, guided by a classifier and by the mixture bound: steps of a set."""

    def __init__(self, request, tensors, memory_format):
        self.request, given = request, part(tensors, "in/")
        config, by = request["config"], request["classifier"]
        self.w = formatted(part(tensors, "denoiser/"), config, memory_format)
        self.judge = formatted(part(tensors, "classifier/"), by, memory_format)
        self.x = nchw(given["x"], memory_format)
        self.times = given["times"].tolist() + [-1]
        self.alpha_bar = given["alphaBar"].tolist()
        y, ipc = given["y"].long(), request["ipc"]
        n, null = len(y), torch.full_like(y, config["classes"])
        zero = torch.zeros(n, device=DEVICE)
        both, widths = torch.cat([y, null]), given["s2"].reshape(-1, 1, 1)
        weight, beta, scale = request["weight"], request["beta"], request["scale"]

        def epsilon(x, t):
            with_class, without = denoise(self.w, torch.cat([x, x]), t, both, config).chunk(2)
            return without + scale * (with_class - without)

        def potential(x0):
            logits = time_classifier(self.judge, x0, zero, by) / request["temperature"]
            prototype = F.log_softmax(logits, 1).gather(1, y[:, None]).sum()
            points = x0.flatten(1).reshape(-1, ipc, x0[0].numel())
            squares = points.square().sum(2)
            distances = squares[:, :, None] + squares[:, None] - 2 * points @ points.transpose(1, 2)
            contextual = -torch.logsumexp(-distances / (8 * widths), 2).sum()
            return weight * (prototype + beta * contextual)

        self.functions = {
            "eager": (epsilon, potential),
            "compile": (compiled(epsilon), compiled(potential)),
        }

    def step(self, variant, index, x):
        """x at the next time, and x0hat."""
        epsilon, potential = self.functions[variant]
        t, following = self.times[index], self.times[index + 1]
        a, b = self.alpha_bar[t], 1.0 if following < 0 else self.alpha_bar[following]
        with torch.no_grad():
            noise = epsilon(x, torch.full((2 * len(x),), float(t), device=DEVICE))
            plain = ((x - math.sqrt(1 - a) * noise) / math.sqrt(a)).clamp(-1, 1)
        at = plain.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(potential(at), at)
        with torch.no_grad():
            s2, v = (1 - a) / a, self.request["imageVariance"]
            change = gradient * (v * s2 / (v + s2))
            size = change.square().mean((1, 2, 3), keepdim=True).sqrt()
            change *= (self.request["largestChange"] / size.clamp_min(1e-12)).clamp_max(1)
            x0 = (plain + change).clamp(-1, 1)
            noise = (x - math.sqrt(a) * x0) / math.sqrt(1 - a)
            return math.sqrt(b) * x0 + math.sqrt(1 - b) * noise, x0


class GuidedStep(Guided):
    def run(self, variant):
        return nhwc(self.step(variant, self.request["index"], self.x)[0])


class Distillation(Guided):
    def run(self, variant):
        x, images = self.x, None
        for index in range(len(self.times) - 1):
            x, images = self.step(variant, index, x)
        pixels = ((images[:, 0] + 1) * 127.5).round().byte().cpu().contiguous()
        with tempfile.TemporaryDirectory() as folder:
            for i, image in enumerate(pixels):
                Image.frombytes("L", tuple(image.shape[::-1]), bytes(image.flatten().tolist())).save(f"{folder}/{i}.png")
        return pixels.float()


class Evaluation:
    """A ConvNet-3 trained on a set from scratch, and its accuracy on real images in percent."""

    def __init__(self, request, tensors, memory_format):
        self.request, given = request, part(tensors, "in/")
        self.memory_format = memory_format
        self.x, self.y = nchw(given["x"], memory_format), given["y"].long()
        self.test_x, self.test_y = nchw(given["testX"], memory_format), given["testY"].long()
        self.config = {"depth": 3, "filters": request["filters"]}
        network = lambda w, x: convnet(w, x, self.config)
        self.functions = {"eager": network, "compile": compiled(network)}

    def weights(self, random):
        filters, w = self.request["filters"], {}
        for i in range(3):
            channels = self.x.shape[1] if i == 0 else filters
            kernel = torch.randn(filters, channels, 3, 3, generator=random, device=DEVICE) * math.sqrt(2 / (9 * channels))
            w[f"block.{i}.conv.kernel"] = kernel.contiguous(memory_format=self.memory_format)
            w[f"block.{i}.norm.scale"], w[f"block.{i}.norm.shift"] = torch.ones(filters, device=DEVICE), torch.zeros(filters, device=DEVICE)
        features = 9 * filters
        w["head.kernel"] = torch.randn(10, features, generator=random, device=DEVICE) / math.sqrt(features)
        w["head.bias"] = torch.zeros(10, device=DEVICE)
        return {path: value.requires_grad_() for path, value in w.items()}

    def run(self, variant):
        apply, request = self.functions[variant], self.request
        steps, batch, shift = request["steps"], request["batch"], request["shift"]
        random = torch.Generator(DEVICE).manual_seed(0)
        w = self.weights(random)
        optimiser = torch.optim.AdamW(w.values(), lr=request["rate"], weight_decay=request["weightDecay"], fused=True)
        warm = math.ceil(steps / 20)
        rate = lambda step: min((step + 1) / warm, (1 + math.cos(math.pi * max(0, step - warm) / (steps - warm))) / 2)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
        padded = F.pad(self.x, (shift,) * 4, value=-1.0)
        height, width = self.x.shape[2:]
        rows = torch.arange(height, device=DEVICE)[None, :, None]
        columns = torch.arange(width, device=DEVICE)[None, None, :]
        order = torch.empty(0, dtype=torch.long, device=DEVICE)
        for _ in range(steps):
            if len(order) < batch:
                order = torch.cat([order, torch.randperm(len(self.x), generator=random, device=DEVICE)])
            picked, order = order[:batch], order[batch:]
            offsets = torch.randint(0, 2 * shift + 1, (2, batch, 1, 1), generator=random, device=DEVICE)
            x = padded[picked[:, None, None], :, rows + offsets[0], columns + offsets[1]].permute(0, 3, 1, 2)
            loss = F.cross_entropy(apply(w, x.contiguous(memory_format=self.memory_format)), self.y[picked])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
        with torch.no_grad():
            found = torch.cat([apply(w, self.test_x[i : i + 1000]).argmax(1) for i in range(0, len(self.test_x), 1000)])
        return 100 * (found == self.test_y).float().mean()


KINDS = {
    "denoiser": Denoiser,
    "training": Training,
    "guided step": GuidedStep,
    "distillation": Distillation,
    "evaluation": Evaluation,
    "large": Large,
}


def formats(request):
    """Memory formats to try: transformers have one, large convolutions like channels last."""
    if request["kind"] == "large":
        return [torch.channels_last if request["network"] == "vae" else torch.contiguous_format]
    if request.get("config", {}).get("kind") == "dit":
        return [torch.contiguous_format]
    return [torch.contiguous_format, torch.channels_last]


def prepare(request):
    tensors, kind = here(read_safetensors(request["file"])[0]), KINDS[request["kind"]]
    make = lambda memory_format: kind(request, tensors, memory_format)
    repeats = 1 if kind in (Evaluation, Distillation, Large) else 4
    # A training step changes the weights: each variant begins with those that were given.
    return Fastest(make, formats(request), milliseconds, repeats, keep=kind is not Training), {}


serve(prepare)
