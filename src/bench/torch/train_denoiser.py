"""Takes the steps of a denoiser's training that `igds train --hand-over FILE` wrote, in PyTorch, on a GPU where there is one.

    python3 train_denoiser.py FILE STATE [--steps N]

FILE holds the weights and moments, the images, the noise schedule and the recipe; STATE becomes the saved state that
`igds train` ends, started with the options of the hand-over (it says where it looks). The recipe is that of
src/diffusion/trainDenoiser.ts and src/nn/trainer.ts: the squared error of epsilon at uniform time steps, class dropout,
Adam, a cosine rate behind a linear start, a moving average of the weights. Order, noise and time steps come from PyTorch's
generator, so that the numbers are others and the curve is the same. Matrix products run in TensorFloat-32 on a GPU.
"""

import argparse
import ctypes
import json
import math
import os
import struct
import sys
import time

import torch
import torch.nn.functional as F

from networks import dit, read_safetensors, to_library, to_pytorch, unet

STRETCH = 50  # steps per point of the loss curve, as src/nn/lossCurve.ts has it
KINDS = ("weight", "first", "second", "average")


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        size = value.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + size]}
        offset += size
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(head)))
        file.write(head)
        for value in tensors.values():
            file.write(ctypes.string_at(value.data_ptr(), value.numel() * 4))
    os.replace(path + ".part", path)


class Training:
    """One step as a function of what lies on the device; on a GPU it is recorded once and replayed."""

    def __init__(self, tensors, metadata, device):
        self.device, self.metadata = device, metadata
        self.config, self.recipe = json.loads(metadata["config"]), json.loads(metadata["recipe"])
        if self.config["kind"] not in ("unet", "dit"):
            raise SystemExit(f"Expected a U-Net or a DiT, found \"{self.config['kind']}\".")
        if self.recipe["weightDecay"]:
            raise SystemExit("Expected a recipe without weight decay: this program has none.")
        self.held = {}
        for kind in KINDS:
            own = {name[len(kind) + 1 :]: value for name, value in tensors.items() if name.startswith(kind + " ")}
            self.held[kind] = {path: value.to(device) for path, value in to_pytorch(own, self.config).items()}
        self.weights = self.held["weight"]
        for value in self.weights.values():
            value.requires_grad_()
        images = tensors["data images"].to(device)
        self.images = images.permute(0, 3, 1, 2).contiguous()
        self.labels = tensors["data labels"].long().to(device)
        alpha_bar = tensors["data alphaBar"].to(device)
        self.signal, self.noise_scale = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
        self.count, self.batch = len(self.labels), self.recipe["batch"]
        self.order = torch.zeros(self.count, dtype=torch.long, device=device)
        self.taken = torch.tensor(int(metadata["step"]), dtype=torch.float64, device=device)
        self.losses = torch.zeros(self.recipe["steps"], device=device)
        network = {"unet": unet, "dit": dit}[self.config["kind"]]
        self.network = torch.compile(network) if device == "cuda" else network

    def loss(self, start):
        chosen = self.order[start + torch.arange(self.batch, device=self.device)]
        x0 = self.images[chosen].float() / 127.5 - 1
        t = torch.randint(len(self.signal), (self.batch,), device=self.device)
        noise = torch.randn_like(x0)
        per_image = lambda table: table[t][:, None, None, None]
        x = x0 * per_image(self.signal) + noise * per_image(self.noise_scale)
        dropped = torch.rand(self.batch, device=self.device) < self.recipe["classDropout"]
        y = torch.where(dropped, self.config["classes"], self.labels[chosen])
        if self.device == "cuda":
            x = x.contiguous(memory_format=torch.channels_last)
        return F.mse_loss(self.network(self.weights, x, t.float(), y, self.config), noise)

    def step(self):
        """All that a step reads and changes lies on the device: the number of steps taken among it."""
        recipe, steps = self.recipe, self.recipe["steps"]
        per_epoch = self.count // self.batch
        start = (self.taken.long() % per_epoch) * self.batch
        loss = self.loss(start)
        values, first, second, average = (list(self.held[kind].values()) for kind in KINDS)
        gradients = torch.autograd.grad(loss, values)
        with torch.no_grad():
            taken = self.taken
            self.losses.index_copy_(0, taken.long()[None], loss.detach()[None])
            warmup = min(500, math.ceil(steps / 20))
            progress = ((taken - warmup) / max(1, steps - warmup)).clamp(0, 1)
            cosine = (1 + torch.cos(math.pi * progress)) / 2
            rate = recipe["rate"] * torch.where(taken < warmup, (taken + 1) / warmup, cosine)
            rate = (rate / (1 - 0.9 ** (taken + 1))).float()
            correction = torch.sqrt(1 - 0.999 ** (taken + 1)).float()
            keep = ((1 + taken) / (10 + taken)).clamp(max=recipe["average"]).float()
            torch._foreach_lerp_(first, gradients, 0.1)
            torch._foreach_mul_(second, 0.999)
            torch._foreach_addcmul_(second, gradients, gradients, 0.001)
            divisor = torch._foreach_sqrt(second)
            torch._foreach_div_(divisor, correction)
            torch._foreach_add_(divisor, 1e-8)
            moved = torch._foreach_div(first, divisor)
            torch._foreach_mul_(moved, rate)
            torch._foreach_sub_(values, moved)
            change = torch._foreach_sub(values, average)
            torch._foreach_mul_(change, 1 - keep)
            torch._foreach_add_(average, change)
            self.taken += 1

    def recorded(self):
        """The step; on a GPU as a graph that is replayed."""
        if self.device != "cuda":
            return self.step
        saved = [value.detach().clone() for value in self.changing()]
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        with torch.no_grad():
            for value, before in zip(self.changing(), saved):
                value.copy_(before)
        return graph.replay

    def changing(self):
        return [value for group in self.held.values() for value in group.values()] + [self.taken, self.losses]

    def run(self, until, report, save):
        step = self.recorded()
        begun, per_epoch = int(self.taken), self.count // self.batch
        start, saved = time.perf_counter(), time.perf_counter()
        for index in range(begun, until):
            if index == begun or index % per_epoch == 0:
                self.order.copy_(torch.randperm(self.count, device=self.device))
            step()
            if (index + 1) % 1000 == 0 or index + 1 == until:
                recent = self.losses[max(begun, index - 999) : index + 1].mean().item()
                seconds = time.perf_counter() - start
                if not math.isfinite(recent):
                    raise SystemExit(f"Training diverged: the loss is {recent} at step {index + 1}.")
                report(index + 1, recent, seconds / (index + 1 - begun) * 1000)
                if time.perf_counter() - saved > 60 or index + 1 == until:
                    save(self, begun, seconds)
                    saved = time.perf_counter()

    def state(self, begun, seconds):
        """Tensors and values of the library's saved state."""
        tensors = {
            f"{kind} {path}": value.detach().cpu()
            for kind, group in self.held.items()
            for path, value in to_library(group).items()
        }
        taken = int(self.taken)
        points = json.loads(self.metadata["losses"])
        total, count = json.loads(self.metadata["stretch"])
        for index, loss in enumerate(self.losses[begun:taken].tolist(), begun + 1):
            total, count = total + loss, count + 1
            if index % STRETCH == 0 or index == self.recipe["steps"]:
                points.append([index, round(total / count, 5)])
                total, count = 0, 0
        name = torch.cuda.get_device_name() if self.device == "cuda" else "cpu"
        return tensors, {
            "identity": self.metadata["identity"],
            "step": str(taken),
            "seconds": str(float(self.metadata["seconds"]) + seconds),
            "losses": json.dumps(points),
            "stretch": json.dumps([total, count]),
            "engine": f"pytorch {torch.__version__} {name}",
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="what igds train --hand-over wrote,")
    parser.add_argument("state", help="file to write: the saved state that igds train ends")
    parser.add_argument("--steps", type=int, help="stop after this step (default: that of the recipe)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=0, help="of order, noise and time steps (default: 0)")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    training = Training(*read_safetensors(arguments.file), arguments.device)
    until = min(arguments.steps or training.recipe["steps"], training.recipe["steps"])

    def report(step, loss, ms):
        print(f"step {step} of {training.recipe['steps']}, loss {loss:.5f}, {ms:.2f} ms a step", flush=True)

    def save(self, begun, seconds):
        write_safetensors(arguments.state, *self.state(begun, seconds))

    training.run(until, report, save)


if __name__ == "__main__":
    sys.exit(main())
