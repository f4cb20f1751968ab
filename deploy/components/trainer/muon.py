"""Muon: momentum whose matrix is made orthogonal, so that every direction of an adapter learns at the same pace.

After Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024), scaled as in "Muon is scalable
for LLM training" (2025): a change of the size that Adam's would have. A LoRA's matrices are thin (rank x width), so the
five products cost next to nothing.
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
            shapes = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes.setdefault((len(parameter), parameter[0].numel()), []).append(parameter)
            for shape, parameters in shapes.items():
                self.change(group, shape, parameters)

    def change(self, group, shape, parameters):
        """One step of all parameters of one shape together: fewer, larger products."""
        momenta = []
        for parameter in parameters:
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            momenta.append(state["momentum"].lerp_(parameter.grad, 1 - group["momentum"]))
        ahead = [p.grad.lerp(m, group["momentum"]).reshape(shape) for p, m in zip(parameters, momenta)]
        changes = orthogonal(torch.stack(ahead).float()) * (ADAMS_SIZE * max(shape) ** 0.5)
        for parameter, change in zip(parameters, changes):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            parameter.add_(change.view_as(parameter).to(parameter.dtype), alpha=-group["lr"])


def orthogonal(matrices):
    """(n, rows, columns) -> the same directions with singular values near 1; zero stays zero."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = QUINTIC
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
