"""DiT-XL/2 and the Stable Diffusion VAE's decoder in PyTorch, from the weight files that the library reads."""

import json
import math
import os

import torch
import torch.nn.functional as F

from device import DEVICE, compiled, here

HEADS, DEPTH, SCALE = 16, 28, 4.0


def read(path):
    """Float32 tensors of a .safetensors file, mapped into memory."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    size = os.path.getsize(path)
    flat = torch.from_file(path, size=(size - 8 - length) // 4 * 4 + 8 + length, dtype=torch.uint8)[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        # A copy begins at an address that floats can have; the part of the file need not.
        tensors[name] = flat[begin:end].clone().view(torch.float32).reshape(entry["shape"])
    return tensors


def linear(w, name, x):
    return F.linear(x, w[name + ".weight"], w[name + ".bias"])


def attend(q, k, v, heads):
    split = lambda x: x.unflatten(-1, (heads, -1)).transpose(1, 2)
    return F.scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).flatten(2)


def dit(w, x, t, y):
    """One question to DiT with classifier-free guidance on the first three channels (facebookresearch/DiT)."""
    x, t = torch.cat([x, x]), torch.cat([t, t])
    y = torch.cat([y, torch.full_like(y, 1000)])
    h = F.conv2d(x, w["x_embedder.proj.weight"], w["x_embedder.proj.bias"], stride=2).flatten(2).transpose(1, 2)
    h = h + w["pos_embed"]
    frequencies = torch.exp(-math.log(10000.0) * torch.arange(128, device=t.device) / 128)
    angles = t[:, None] * frequencies
    features = torch.cat([angles.cos(), angles.sin()], 1).to(h.dtype)
    time_embedding = linear(w, "t_embedder.mlp.2", F.silu(linear(w, "t_embedder.mlp.0", features)))
    c = F.silu(time_embedding + F.embedding(y, w["y_embedder.embedding_table.weight"]))

    def modulate(h, shift, scale):
        return F.layer_norm(h, h.shape[-1:], eps=1e-6) * (1 + scale) + shift

    for i in range(DEPTH):
        b = f"blocks.{i}"
        shift1, scale1, gate1, shift2, scale2, gate2 = linear(w, b + ".adaLN_modulation.1", c)[:, None].chunk(6, 2)
        q, k, v = linear(w, b + ".attn.qkv", modulate(h, shift1, scale1)).chunk(3, 2)
        h = h + gate1 * linear(w, b + ".attn.proj", attend(q, k, v, HEADS))
        inner = F.gelu(linear(w, b + ".mlp.fc1", modulate(h, shift2, scale2)), approximate="tanh")
        h = h + gate2 * linear(w, b + ".mlp.fc2", inner)
    shift, scale = linear(w, "final_layer.adaLN_modulation.1", c)[:, None].chunk(2, 2)
    out = linear(w, "final_layer.linear", modulate(h, shift, scale)).unflatten(1, (16, 16)).unflatten(-1, (2, 2, 8))
    out = out.permute(0, 5, 1, 3, 2, 4).reshape(2, 8, 32, 32)[:, :4]
    with_class, without = out.chunk(2)
    guided = without[:, :3] + SCALE * (with_class[:, :3] - without[:, :3])
    return torch.cat([guided, with_class[:, 3:]], 1)


def norm(w, name, x):
    return F.group_norm(x, 32, w[name + ".weight"], w[name + ".bias"], eps=1e-6)


def conv(w, name, x):
    kernel = w[name + ".weight"]
    return F.conv2d(x, kernel, w[name + ".bias"], padding=kernel.shape[-1] // 2)


def resnet(w, name, x):
    h = conv(w, name + ".conv1", F.silu(norm(w, name + ".norm1", x)))
    h = conv(w, name + ".conv2", F.silu(norm(w, name + ".norm2", h)))
    return h + (conv(w, name + ".conv_shortcut", x) if name + ".conv_shortcut.weight" in w else x)


def decode(w, z):
    """AutoencoderKL.decode of diffusers, its attention a single head."""
    h = conv(w, "decoder.conv_in", conv(w, "post_quant_conv", z / 0.18215))
    h = resnet(w, "decoder.mid_block.resnets.0", h)
    a = "decoder.mid_block.attentions.0"
    tokens = norm(w, a + ".group_norm", h).flatten(2).transpose(1, 2)
    q, k, v = (linear(w, f"{a}.to_{part}", tokens) for part in "qkv")
    mixed = linear(w, a + ".to_out.0", attend(q, k, v, 1))
    h = h + mixed.transpose(1, 2).reshape(h.shape)
    h = resnet(w, "decoder.mid_block.resnets.1", h)
    for level in range(4):
        for i in range(3):
            h = resnet(w, f"decoder.up_blocks.{level}.resnets.{i}", h)
        if level < 3:
            h = conv(w, f"decoder.up_blocks.{level}.upsamplers.0.conv", F.interpolate(h, scale_factor=2.0, mode="nearest"))
    return conv(w, "decoder.conv_out", F.silu(norm(w, "decoder.conv_norm_out", h)))


class Large:
    """A guided question to DiT-XL/2, or a decoded picture of 256 x 256."""

    def __init__(self, request, tensors, memory_format):
        self.w = here(read(request["weights"]))
        z = tensors["in/x"].permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
        if request["network"] == "vae":
            self.w = {
                name: value.contiguous(memory_format=memory_format) if value.dim() == 4 else value
                for name, value in self.w.items()
            }
            network = lambda: decode(self.w, z)
        else:
            t, y = torch.tensor([500.0], device=DEVICE), torch.tensor([207], device=DEVICE)
            network = lambda: dit(self.w, z, t, y)
        self.functions = {"eager": network, "compile": compiled(network)}

    def run(self, variant):
        with torch.no_grad():
            return self.functions[variant]().permute(0, 2, 3, 1)
