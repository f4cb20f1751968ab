import unittest
from concurrent.futures import ThreadPoolExecutor

from tests import tiny
from tests.harness import component

component("trainer")

import torch  # noqa: E402
from merged import Merged  # noqa: E402
from muon import QUINTIC, ROUNDS, Muon, orthogonal  # noqa: E402
from settings import TARGETS  # noqa: E402


def adapted(seed=0, **changes):
    """A small UNet with an adapter that already learned something, so that A and B both matter."""
    import tempfile
    from pathlib import Path

    from diffusers import UNet2DConditionModel
    from peft import LoraConfig

    with tempfile.TemporaryDirectory() as folder:
        tiny.save_sd(Path(folder) / "sd")
        unet = UNet2DConditionModel.from_pretrained(Path(folder) / "sd" / "unet")
    unet.requires_grad_(False)
    unet.add_adapter(LoraConfig(**{"r": 4, "lora_alpha": 2, "target_modules": TARGETS["all"], **changes}))
    generator = torch.Generator().manual_seed(seed)
    parameters = [parameter for parameter in unet.parameters() if parameter.requires_grad]
    for parameter in parameters:
        parameter.data = 0.1 * torch.randn(parameter.shape, generator=generator)
    return unet, parameters


def example():
    generator = torch.Generator().manual_seed(1)
    draw = lambda *shape: torch.randn(shape, generator=generator)  # noqa: E731
    return draw(6, 4, 12, 8), torch.tensor([1, 200, 400, 600, 800, 999]), draw(6, 77, 8), draw(6, 4, 12, 8)


def loss_of(unet, noisy, times, hidden, target):
    return torch.nn.functional.mse_loss(unet(noisy, times, hidden, return_dict=False)[0], target)


class MergedTest(unittest.TestCase):
    def test_the_same_loss_and_gradients_as_pefts_own_forward(self):
        unet, parameters = adapted()
        batch = example()
        loss = loss_of(unet, *batch)
        loss.backward()
        wanted = [parameter.grad.clone() for parameter in parameters]
        largest = max(gradient.abs().max().item() for gradient in wanted)
        for workers in (1, 2, 3):
            with self.subTest(workers=workers), ThreadPoolExecutor(workers) as pool:
                for parameter in parameters:
                    parameter.grad = None
                merged = Merged(unet, pool.map)
                size = 6 // workers

                def part(number):
                    share = loss_of(unet, *(tensor[number * size : (number + 1) * size] for tensor in batch)) / workers
                    return share.item(), torch.autograd.grad(share, merged.weights)

                losses, gradients = zip(*pool.map(part, range(workers)))
                merged.spread(gradients)
                self.assertAlmostEqual(sum(losses), loss.item(), places=5)
                for parameter, gradient in zip(parameters, wanted):
                    difference = (parameter.grad - gradient).abs().max().item()
                    self.assertLess(difference, 1e-5 * largest)

    def test_follows_the_adapter_only_when_refreshed(self):
        unet, parameters = adapted()
        batch = example()
        with torch.no_grad():
            merged = Merged(unet)
            before = loss_of(unet, *batch).item()
            for parameter in parameters:
                parameter.mul_(1.5)
            self.assertEqual(loss_of(unet, *batch).item(), before)
            merged.refresh()
            changed = loss_of(unet, *batch).item()
            other, others = adapted()
            for parameter in others:
                parameter.mul_(1.5)
            self.assertAlmostEqual(changed, loss_of(other, *batch).item(), places=5)
            self.assertGreater(abs(changed - before), 1e-3)

    def test_refuses_what_it_would_compute_wrongly(self):
        for changes in ({"lora_dropout": 0.1}, {"use_dora": True, "target_modules": ["to_q"]}):
            with self.subTest(changes):
                unet, _ = adapted(**changes)
                with self.assertRaisesRegex(ValueError, "cannot be merged"):
                    Merged(unet)


class MuonTest(unittest.TestCase):
    def test_rounds_on_gram_matrices_equal_rounds_on_the_matrices(self):
        """Against the paper's own loop in double precision, up to a condition of 10,000."""
        generator = torch.Generator().manual_seed(0)
        for shape in ((4, 48), (48, 4), (32, 432), (8, 8)):
            for condition in (1.0, 100.0, 10_000.0):
                u, s, v = torch.linalg.svd(torch.randn(shape, generator=generator), full_matrices=False)
                matrix = u * torch.logspace(0, -torch.tensor(condition).log10().item(), len(s)) @ v
                found = orthogonal([matrix[None]])[0][0]
                self.assertLess((found - by_the_paper(matrix)).abs().max().item(), 1e-3, (shape, condition))

    def test_shared_among_threads_it_is_the_same(self):
        shapes = ((4, 48), (48, 4), (4, 48), (8, 5, 3, 3), (6, 6))
        weights = []
        for parts in (1, 2, 7):
            generator = torch.Generator().manual_seed(0)
            parameters = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
            with ThreadPoolExecutor(parts) as pool:
                optimizer = Muon(parameters, lr=0.1, each=pool.map, parts=parts)
                for _ in range(3):
                    for parameter in parameters:
                        parameter.grad = torch.randn(parameter.shape, generator=generator)
                    optimizer.step()
            weights.append([parameter.detach() for parameter in parameters])
        for other in weights[1:]:
            for one, two in zip(weights[0], other):
                self.assertLess((one - two).abs().max().item(), 1e-5)


def by_the_paper(matrix):
    x = matrix.double()
    x = x.mT if x.shape[0] > x.shape[1] else x
    x = x / (x.norm() + 1e-7)
    a, b, c = QUINTIC
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if matrix.shape[0] > matrix.shape[1] else x


if __name__ == "__main__":
    unittest.main()
