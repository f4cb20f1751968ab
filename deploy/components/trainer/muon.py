"""Muon: momentum whose matrix is made orthogonal, so that every direction of an adapter learns at the same pace.

After Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024), scaled as in "Muon is scalable
for LLM training" (2025): a change of the size that Adam's would have.
"""

import torch

# Newton-Schulz coefficients of the paper: singular values end between .7 and 1.2 after five rounds.
QUINTIC = (3.4445, -4.7750, 2.0315)
ROUNDS = 5
ADAMS_SIZE = 0.2


class Muon(torch.optim.Optimizer):
    """For parameters of two or more dimensions; a convolution counts as (out, in x height x width)."""

    def __init__(self, params, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        if any(parameter.ndim < 2 for group in self.param_groups for parameter in group["params"]):
            raise ValueError("Muon is for matrices; biases and scales need another optimizer.")

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if parameters:
                self.change(group, parameters)

    def change(self, group, parameters):
        for parameter in parameters:
            if "momentum" not in self.state[parameter]:
                self.state[parameter]["momentum"] = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in parameters]
        momenta = [self.state[parameter]["momentum"] for parameter in parameters]
        torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
        ahead = torch._foreach_lerp(gradients, momenta, group["momentum"])
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        shapes = {}
        for place, parameter in enumerate(parameters):
            shapes.setdefault((len(parameter), parameter[0].numel()), []).append(place)
        stacks = orthogonal([torch.stack([ahead[place].flatten(1) for place in same]).float() for same in shapes.values()])
        for shape, same, changes in zip(shapes, shapes.values(), stacks):
            changes = changes * (-group["lr"] * ADAMS_SIZE * max(shape) ** 0.5)
            for place, change in zip(same, changes):
                parameters[place].add_(change.view_as(parameters[place]))


def orthogonal(stacks):
    """Stacks of matrices (n, rows, columns) -> the same directions with singular values near 1; zero stays zero.

    A round multiplies x by aI + bG + cGG, where G = xx' and all these factors commute; so the rounds run on G alone, as
    small as the adapter's rank, and on all matrices of one rank together, and x itself is multiplied once.
    """
    wide = [x.mT if x.shape[1] > x.shape[2] else x for x in stacks]
    wide = [x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7) for x in wide]
    ranks = {}
    for place, x in enumerate(wide):
        ranks.setdefault(x.shape[1], []).append(place)
    a, b, c = QUINTIC
    for same in ranks.values():
        gram = torch.cat([wide[place] @ wide[place].mT for place in same])
        total = None
        for _ in range(ROUNDS):
            factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
            factor.diagonal(dim1=1, dim2=2).add_(a)
            total = factor if total is None else factor @ total
            gram = factor @ gram @ factor
        for place, products in zip(same, total.split([len(wide[place]) for place in same])):
            wide[place] = products @ wide[place]
    return [x.mT if stack.shape[1] > stack.shape[2] else x for x, stack in zip(wide, stacks)]
