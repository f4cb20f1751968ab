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

    def __init__(self, params, lr, momentum=0.95, weight_decay=0.0, each=map, parts=1):
        """`each`, `parts`: `map`, or that of the threads that share the matrices of a step, and how many."""
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.each, self.parts = each, parts
        if any(parameter.ndim < 2 for group in self.param_groups for parameter in group["params"]):
            raise ValueError("Muon is for matrices; biases and scales need another optimizer.")

    def step(self, closure=None):
        for group in self.param_groups:
            shapes = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes.setdefault((len(parameter), parameter[0].numel()), []).append(parameter)
            shares = [[] for _ in range(self.parts)]
            # Equal shares: the largest shape that is left goes to the least loaded one.
            for same in sorted(shapes.values(), key=elements, reverse=True):
                min(shares, key=lambda share: sum(map(elements, share))).append(same)
            list(self.each(self.change, [group] * self.parts, shares))

    @torch.no_grad()
    def change(self, group, shapes):
        """One step of `shapes`, lists of parameters of one shape: few, larger products."""
        if not shapes:
            return
        stacks = [torch.stack([self.ahead(group, parameter) for parameter in same]) for same in shapes]
        for same, changes in zip(shapes, orthogonal(stacks)):
            changes *= -group["lr"] * ADAMS_SIZE * max(changes.shape[1:]) ** 0.5
            for parameter, change in zip(same, changes):
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(change.view_as(parameter))

    def ahead(self, group, parameter):
        """Nesterov's momentum as a matrix."""
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
        return parameter.grad.lerp(momentum, group["momentum"]).flatten(1).float()


def elements(parameters):
    return sum(parameter.numel() for parameter in parameters)


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
            if total is not None:
                gram = factor @ gram @ factor
            factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
            factor.diagonal(dim1=1, dim2=2).add_(a)
            total = factor if total is None else factor @ total
        for place, products in zip(same, total.split([len(wide[place]) for place in same])):
            wide[place] = products @ wide[place]
    return [x.mT if stack.shape[1] > stack.shape[2] else x for x, stack in zip(wide, stacks)]
