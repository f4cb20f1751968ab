"""Adapted layers computed with one weight each, W + s B A, in place of the base's and the adapter's products side by side.

The same function and the same gradients as peft's own forward up to rounding, in fewer operations: worth it where the
model is so small that starting an operation costs as much as computing it. The gradient reaches B and A by the
chain rule: dB = s dW A', dA = s B' dW.
"""

import itertools

import torch
from common.lora_files import ADAPTER, adapter_layers


class Merged:
    """`model`'s adapted layers, merged from `refresh()` on; the adapter's parameters stay where they are.

    `each`: `map`, or that of the threads that share the work.
    """

    def __init__(self, model, each=map):
        self.each = each
        groups = {}
        for name, down, up, _alpha in adapter_layers(model):
            layer = model.get_submodule(name)
            check(name, layer)
            key = (layer.base_layer.weight.shape, down.shape, layer.scaling[ADAPTER])
            groups.setdefault(key, []).append((layer, down, up))
        # The largest first, so that the threads end together.
        groups = sorted(groups.items(), key=lambda item: -len(item[1]) * item[0][0].numel())
        self.groups = [Group(scale, layers) for (_, _, scale), layers in groups]
        self.weights = [weight for group in self.groups for weight in group.weights]
        self.refresh()

    def refresh(self):
        """To be called when the adapter changed."""
        list(self.each(Group.refresh, self.groups))

    def spread(self, parts):
        """Gradients of `weights`, in their order, from each part of a batch: their sum becomes that of the adapter's parameters."""
        ends = itertools.accumulate(len(group.weights) for group in self.groups)
        shares = [[part[end - len(group.weights) : end] for part in parts] for group, end in zip(self.groups, ends)]
        list(self.each(Group.spread, self.groups, shares))


class Group:
    """Layers of one shape: few, larger products."""

    def __init__(self, scale, layers):
        self.scale = scale
        self.down, self.up = [down for _, down, _ in layers], [up for _, _, up in layers]
        bases = [layer.base_layer for layer, _, _ in layers]
        self.base = torch.stack([base.weight.detach().flatten(1) for base in bases])
        self.merged = torch.empty_like(self.base)
        # Views of one block: a refresh changes them in place.
        self.weights = [self.merged[place].view(base.weight.shape).requires_grad_() for place, base in enumerate(bases)]
        for (layer, _, _), base, weight in zip(layers, bases, self.weights):
            layer.forward = product(base, weight)

    def stacked(self, parameters):
        return torch.stack([parameter.detach().flatten(1) for parameter in parameters])

    @torch.no_grad()
    def refresh(self):
        torch.baddbmm(self.base, self.stacked(self.up), self.stacked(self.down), alpha=self.scale, out=self.merged)

    @torch.no_grad()
    def spread(self, parts):
        change = torch.stack([gradient.flatten(1) for gradient in parts[0]])
        for part in parts[1:]:
            change += torch.stack([gradient.flatten(1) for gradient in part])
        change *= self.scale
        ups, downs = change @ self.stacked(self.down).mT, self.stacked(self.up).mT @ change
        for parameter, gradient in [*zip(self.up, ups), *zip(self.down, downs)]:
            parameter.grad = gradient.view_as(parameter)


def product(base, weight):
    if isinstance(base, torch.nn.Linear):
        return lambda x, *_, **__: torch.nn.functional.linear(x, weight, base.bias)
    stride, padding, dilation = base.stride, base.padding, base.dilation
    return lambda x, *_, **__: torch.nn.functional.conv2d(x, weight, base.bias, stride, padding, dilation)


def check(name, layer):
    """What has no such merged form (dropout, DoRA, several adapters) is refused, never computed wrongly."""
    base = layer.base_layer
    known = type(base) is torch.nn.Linear or (type(base) is torch.nn.Conv2d and (base.groups, base.padding_mode) == (1, "zeros"))
    plain = layer.active_adapters == [ADAPTER] and not layer.merged and not layer.use_dora.get(ADAPTER)
    if not (known and plain and isinstance(layer.lora_dropout[ADAPTER], torch.nn.Identity)):
        raise ValueError(f"{name} cannot be merged while it learns.")
