"""The bench's networks in PyTorch: the library's weights, the same sums, PyTorch's own best operations."""

import json
import math
import struct

import torch
import torch.nn.functional as F


def read_safetensors(path):
    """Float32, int32 and byte tensors of a .safetensors file, and its metadata."""
    types = {"F32": torch.float32, "I32": torch.int32, "U8": torch.uint8}
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(data[begin:end], dtype=types[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors, metadata


def to_pytorch(weights, config):
    """The library's layouts (HWIO kernels, [from, to] matrices) as PyTorch's."""
    converted = {}
    for path, value in weights.items():
        if value.dim() == 4:
            value = value.permute(3, 2, 0, 1)
        elif path.endswith(".kernel"):
            value = value.t()
            if config["kind"] == "convnet":
                # The library flattens pixel by pixel, PyTorch channel by channel.
                filters = config["filters"]
                value = value.reshape(value.shape[0], -1, filters).transpose(1, 2).flatten(1)
        converted[path] = value.contiguous()
    return converted


def to_library(weights):
    """PyTorch's layouts of a denoiser as the library's: the way back from `to_pytorch`."""
    converted = {}
    for path, value in weights.items():
        if value.dim() == 4:
            value = value.permute(2, 3, 1, 0)
        elif path.endswith(".kernel"):
            value = value.t()
        converted[path] = value.contiguous()
    return converted


def dense(w, path, x):
    return F.linear(x, w[path + ".kernel"], w.get(path + ".bias"))


def conv(w, path, x, stride=1):
    kernel, bias = w[path + ".kernel"], w[path + ".bias"]
    if stride == 2:
        # TensorFlow's "same" padding for even sizes.
        return F.conv2d(F.pad(x, (0, 1, 0, 1)), kernel, bias, stride=2)
    return F.conv2d(x, kernel, bias, padding=kernel.shape[-1] // 2)


def norm(w, path, x, groups):
    return F.group_norm(x, groups, w[path + ".scale"], w[path + ".shift"])


def time_features(t, size):
    half = size // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=t.device) / half)
    angles = t[:, None] * frequencies
    return torch.cat([torch.cos(angles), torch.sin(angles)], 1)


def attend(qkv, heads):
    n, tokens, packed = qkv.shape
    q, k, v = qkv.reshape(n, tokens, 3, heads, packed // 3 // heads).permute(2, 0, 3, 1, 4)
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, packed // 3)


def residual(w, path, x, e, groups):
    h = conv(w, path + ".conv1", F.silu(norm(w, path + ".norm1", x, groups)))
    scale, shift = dense(w, path + ".modulation", e)[:, :, None, None].chunk(2, 1)
    h = F.silu(F.group_norm(h, groups) * (scale + 1) + shift)
    shortcut = conv(w, path + ".shortcut", x) if path + ".shortcut.kernel" in w else x
    return conv(w, path + ".conv2", h) + shortcut


def attention(w, path, x, heads, groups):
    tokens = norm(w, path + ".norm", x, groups).flatten(2).transpose(1, 2)
    mixed = dense(w, path + ".project", attend(dense(w, path + ".qkv", tokens), heads))
    return x + mixed.transpose(1, 2).reshape(x.shape)


def unet(w, x, t, y, config):
    widths, blocks, heads, groups = (config[key] for key in ("widths", "blocks", "heads", "groups"))
    levels = len(widths)
    time_embedding = dense(w, "time.2", F.silu(dense(w, "time.1", time_features(t, 4 * widths[0]).to(x.dtype))))
    e = F.silu(time_embedding + F.embedding(y, w["class.table"]))

    def stack(path, count, h, attentive):
        for i in range(count):
            h = residual(w, f"{path}.{i}", h, e, groups)
            if attentive:
                h = attention(w, f"{path}.{i}.attention", h, heads, groups)
        return h

    h = conv(w, "first", x)
    skips = []
    for level in range(levels):
        if level > 0:
            h = conv(w, f"down.{level}.enter", h, stride=2)
        h = stack(f"down.{level}", blocks[level], h, level == levels - 1)
        skips.append(h)
    skips.pop()
    for level in reversed(range(levels - 1)):
        path = f"up.{level}.enter"
        h = F.conv_transpose2d(h, w[path + ".kernel"], w[path + ".bias"], stride=2)
        h = stack(f"up.{level}", blocks[level], torch.cat([h, skips.pop()], 1), False)
    return conv(w, "last", F.silu(norm(w, "last.norm", h, groups)))


def dit(w, x, t, y, config):
    patch, dim, depth, heads = (config[key] for key in ("patch", "dim", "depth", "heads"))
    n, channels, height, width = x.shape
    rows, columns = height // patch, width // patch
    cells = x.permute(0, 2, 3, 1).reshape(n, rows, patch, columns, patch * channels)
    cells = cells.permute(0, 1, 3, 2, 4).reshape(n, rows * columns, patch * patch * channels)
    h = dense(w, "patch", cells) + w["position"]
    time_embedding = dense(w, "time.2", F.silu(dense(w, "time.1", time_features(t, 256).to(x.dtype))))
    c = F.silu(time_embedding + F.embedding(y, w["class.table"]))

    def modulate(h, shift, scale):
        return F.layer_norm(h, (dim,), eps=1e-6) * (scale + 1) + shift

    for i in range(depth):
        path = f"block.{i}"
        shift1, scale1, gate1, shift2, scale2, gate2 = dense(w, path + ".modulation", c)[:, None].chunk(6, 2)
        mixed = attend(dense(w, path + ".qkv", modulate(h, shift1, scale1)), heads)
        h = h + gate1 * dense(w, path + ".project", mixed)
        inner = F.gelu(dense(w, path + ".mlp.1", modulate(h, shift2, scale2)), approximate="tanh")
        h = h + gate2 * dense(w, path + ".mlp.2", inner)
    shift, scale = dense(w, "last.modulation", c)[:, None].chunk(2, 2)
    out = dense(w, "last", modulate(h, shift, scale)).reshape(n, rows, columns, patch, patch * channels)
    return out.permute(0, 1, 3, 2, 4).reshape(n, height, width, channels).permute(0, 3, 1, 2)


def convnet(w, x, config):
    for i in range(config["depth"]):
        h = F.conv2d(x, w[f"block.{i}.conv.kernel"], padding=1)
        x = F.avg_pool2d(F.relu(norm(w, f"block.{i}.norm", h, config["filters"])), 2)
    return dense(w, "head", x.flatten(1))


def time_classifier(w, x, t, config):
    widths, groups = config["widths"], config["groups"]
    e = F.silu(dense(w, "time.2", F.silu(dense(w, "time.1", time_features(t, 4 * widths[0])))))
    for level in range(len(widths)):
        x = conv(w, "first", x) if level == 0 else conv(w, f"down.{level}.enter", x, stride=2)
        x = residual(w, f"down.{level}", x, e, groups)
    return dense(w, "head", F.silu(norm(w, "last.norm", x, groups)).mean((2, 3)))
