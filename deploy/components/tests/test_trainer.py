import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from tests import tiny
from tests.harness import COMPONENTS, component, environment, run

trainer = component("trainer")

import torch  # noqa: E402

from common.contract import StepError  # noqa: E402
from order import DataOrder  # noqa: E402

SETTINGS = {
    "base_model": "rand-sd",
    "steps": 20,
    "batch_size": 3,
    "rank": 4,
    "alpha": 2,
    "learning_rate": 0.01,
    "targets": "all",
    "resolution": 32,
    "checkpoint_every": 10,
    "caption_dropout": 0.3,
    "noise_offset": 0.05,
    "seed": 5,
}

# An attempt that ends in the middle: argv = how ("stop" | "kill"), at which step.
INTERRUPTED = """
import os, signal, sys
sys.path[:0] = [{components!r}, {components!r} + "/trainer"]
import main as trainer
from common.contract import main
how, at = sys.argv[1], int(sys.argv[2])
one_step = trainer.Training.one_step
def interrupted(self):
    if self.done == at:
        if how == "kill":
            os._exit(137)
        os.kill(os.getpid(), signal.SIGTERM)
    return one_step(self)
trainer.Training.one_step = interrupted
main(trainer.run)
"""


def tensors(out):
    from safetensors.torch import load_file

    return load_file(out / "model" / "diffusers" / "pytorch_lora_weights.safetensors")


class TrainerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keep = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.keep.name)
        tiny.save_sd(cls.folder / "bases" / "rand-sd")
        tiny.save_sd(cls.folder / "bases" / "rand-sd-v" / "model", prediction="v_prediction")
        tiny.save_sdxl(cls.folder / "bases" / "rand-sdxl")
        dataset = tiny.save_dataset_version(cls.folder / "data")
        loaded = run("data_loader", cls.folder / "load", {"dataset": dataset}, {"AUTODIDACT_DATA": str(cls.folder / "data")})
        prepared = run("preprocessor", cls.folder / "prepare", {"resolution": 32, "bucket_step": 8}, dataset=loaded / "dataset")
        cls.dataset = prepared / "dataset"
        cls.environ = {"AUTODIDACT_BASE_MODELS": str(cls.folder / "bases"), "AUTODIDACT_THREADS": "1"}

    @classmethod
    def tearDownClass(cls):
        cls.keep.cleanup()

    def setUp(self):
        os.environ["AUTODIDACT_THREADS"] = "1"
        self.addCleanup(os.environ.pop, "AUTODIDACT_THREADS")

    def train(self, name, **changes):
        return run("trainer", self.folder / name, {**SETTINGS, **changes}, self.environ, dataset=self.dataset)

    def test_interrupted_twice_equals_uninterrupted_bit_for_bit(self):
        for optimizer, threads, batch in (("adamw", "1", 3), ("muon", "1", 3), ("muon", "2", 8)):
            with self.subTest(optimizer, threads=threads), mock.patch.dict(self.environ, AUTODIDACT_THREADS=threads):
                self.interrupted_twice(f"{optimizer}-{threads}", {"optimizer": optimizer, "batch_size": batch})

    def interrupted_twice(self, label, changes):
        name, settings = f"broken-{label}", {**SETTINGS, **changes}
        whole = self.train(f"whole-{label}", **changes)
        variables = {**os.environ, **self.environ, **environment(self.folder / name, settings, dataset=self.dataset)}
        program = INTERRUPTED.format(components=str(COMPONENTS))

        def attempt(how, at):
            command = [sys.executable, "-B", "-c", program, how, str(at)]
            return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300)

        first = attempt("stop", 7)
        self.assertEqual(first.returncode, 143, first.stderr[-2000:])
        second = attempt("kill", 14)
        self.assertEqual(second.returncode, 137, second.stderr[-2000:])
        self.assertIn('"message": "resumed", "step": 8', second.stdout)
        checkpoints = sorted(path.name for path in (self.folder / name / "checkpoint").iterdir())
        self.assertEqual(checkpoints, ["step-00000008.pt", "step-00000010.pt"])
        resumed = self.train(name, **changes)
        wanted, found = tensors(whole), tensors(resumed)
        self.assertEqual(wanted.keys(), found.keys())
        for key in wanted:
            self.assertTrue(torch.equal(wanted[key], found[key]), key)
        models = [json.loads((out / "model" / "model.json").read_text()) for out in (whole, resumed)]
        self.assertEqual(models[0]["loss"], models[1]["loss"])

    def test_a_damaged_checkpoint_falls_back_to_the_one_before(self):
        whole = self.train("undamaged")
        folder = self.folder / "undamaged" / "checkpoint"
        newest = folder / "step-00000020.pt"
        newest.write_bytes(newest.read_bytes()[:1000])
        again = self.train("undamaged")
        for key, value in tensors(whole).items():
            self.assertTrue(torch.equal(value, tensors(again)[key]), key)

    def test_other_settings_do_not_use_an_old_checkpoint(self):
        self.train("changed", steps=10)
        first = tensors(self.train("changed", steps=10, seed=6))
        clean = tensors(self.train("clean", steps=10, seed=6))
        self.assertTrue(all(torch.equal(first[key], clean[key]) for key in clean))

    def test_writes_everything_that_the_contract_names(self):
        out = self.train("all", steps=10, sample_every=5, sample_count=3, sample_steps=2, sample_prompts='["sks", "a 고양이"]')
        model = json.loads((out / "model" / "model.json").read_text())
        for file in model["files"] + [{"path": sample["file"]} for sample in model["samples"]]:
            self.assertTrue((out / "model" / file["path"]).is_file(), file)
        self.assertEqual([file["format"] for file in model["files"]], ["diffusers", "kohya"])
        self.assertEqual([sample["prompt"] for sample in model["samples"]], ["sks", "a 고양이", "sks"])
        self.assertEqual((model["rank"], model["alpha"], model["seed"], model["trigger_word"]), (4, 2, 5, "sks"))
        self.assertAlmostEqual(model["effective_rate"], 0.005)
        self.assertEqual(model["environment"]["torch"], torch.__version__.split("+")[0])

    def test_watching_does_not_change_what_is_learned(self):
        plain = tensors(self.train("plain", steps=10))
        watched = tensors(self.train("watched", steps=10, sample_every=3, sample_count=1, sample_steps=2, checkpoint_every=4))
        self.assertTrue(all(torch.equal(plain[key], watched[key]) for key in plain))

    def test_learns(self):
        """On random weights the loss of a fixed, tiny set must still fall clearly."""
        out = self.train("learns", steps=120, learning_rate=0.05, batch_size=6, caption_dropout=0, rank=8, alpha=8)
        loss = json.loads((out / "model" / "model.json").read_text())["loss"]
        self.assertLess(loss["last"], loss["first"] - 0.05)

    def test_muon_learns(self):
        settings = {"steps": 60, "batch_size": 6, "caption_dropout": 0, "rank": 8, "alpha": 8}
        out = self.train("learns-muon", optimizer="muon", learning_rate=0.05, **settings)
        loss = json.loads((out / "model" / "model.json").read_text())["loss"]
        self.assertLess(loss["last"], loss["first"] - 0.05)

    def test_v_prediction_and_a_model_subfolder(self):
        out = self.train("v", base_model="rand-sd-v", steps=4)
        self.assertEqual(json.loads((out / "model" / "model.json").read_text())["prediction_type"], "v_prediction")
        epsilon = tensors(self.train("epsilon", steps=4))
        self.assertFalse(all(torch.equal(value, epsilon[key]) for key, value in tensors(out).items()))

    def test_sdxl_by_the_same_code_and_both_its_files_agree(self):
        from diffusers import StableDiffusionXLPipeline

        from tests.test_lora_files import pictures

        out = self.train("sdxl", base_model="rand-sdxl", steps=6, sample_every=6, sample_count=1, sample_steps=2, learning_rate=0.05)
        model = json.loads((out / "model" / "model.json").read_text())
        self.assertEqual(model["family"], "sdxl")
        shown = []
        for file in [None, *model["files"]]:
            pipe = StableDiffusionXLPipeline.from_pretrained(self.folder / "bases" / "rand-sdxl", local_files_only=True)
            if file:
                path = out / "model" / file["path"]
                pipe.load_lora_weights(path.parent, weight_name=path.name, local_files_only=True)
            shown.append(pictures(pipe))
        base, diffusers, kohya = shown
        self.assertLess((diffusers - kohya).abs().max().item(), 1e-3)
        self.assertGreater((diffusers - base).abs().max().item(), 1e-2)

    def test_says_what_to_do_when_the_base_model_is_nowhere(self):
        os.environ["HF_HUB_OFFLINE"] = "1"
        self.addCleanup(os.environ.pop, "HF_HUB_OFFLINE")
        with self.assertRaisesRegex(StepError, "dream-9 was not found. Put it there in diffusers layout"):
            self.train("nowhere", base_model="dream-9")
        with self.assertRaisesRegex(StepError, "no valid name"):
            self.train("nowhere", base_model="../../etc")

    def test_refuses_an_unprepared_data_set_and_wrong_sizes(self):
        with self.assertRaisesRegex(StepError, "put a preprocessor between"):
            run("trainer", self.folder / "raw", SETTINGS, self.environ, dataset=self.folder / "load" / "out" / "dataset")
        with self.assertRaisesRegex(StepError, '"strategy" is'):
            self.train("strategy", strategy="magic")
        with self.assertRaisesRegex(StepError, "diverged at step"):
            self.train("diverged", learning_rate=1.0, alpha=1e6)


class DataOrderTest(unittest.TestCase):
    def test_every_picture_equally_often_and_batches_of_one_bucket(self):
        buckets = {"a": list(range(13)), "b": [13, 14], "c": [15]}
        where = {index: key for key, indices in buckets.items() for index in indices}
        order, seen = DataOrder(buckets, 4, seed=1), {index: 0 for index in where}
        for _ in range(400):
            batch = order.next_batch()
            self.assertEqual((len(batch), len({where[index] for index in batch})), (4, 1))
            for index in batch:
                seen[index] += 1
        self.assertLessEqual(max(seen.values()) - min(seen.values()), 4, seen)

    def test_goes_on_where_it_was_saved(self):
        order = DataOrder({"a": [0, 1, 2], "b": [3, 4]}, 2, seed=1)
        for _ in range(7):
            order.next_batch()
        state = order.state()
        wanted = [order.next_batch() for _ in range(20)]
        other = DataOrder({"a": [0, 1, 2], "b": [3, 4]}, 2, seed=9)
        other.restore(state)
        self.assertEqual([other.next_batch() for _ in range(20)], wanted)


class MuonTest(unittest.TestCase):
    def test_a_change_is_equally_large_in_every_direction(self):
        from muon import Muon

        generator = torch.Generator().manual_seed(0)
        for shape in ((4, 48), (48, 4), (8, 5, 3, 3)):
            weight = torch.nn.Parameter(torch.zeros(shape))
            weight.grad = torch.randn(shape, generator=generator)
            weight.grad[0] *= 30  # one direction louder than the others
            Muon([weight], lr=1.0).step()
            matrix = weight.detach().reshape(len(weight), -1)
            size = torch.linalg.svdvals(matrix) / (0.2 * max(matrix.shape) ** 0.5)
            self.assertGreater(float(size.min()), 0.3, shape)
            self.assertLess(float(size.max()), 1.3, shape)

    def test_no_gradient_no_change_and_no_biases(self):
        from muon import Muon

        weight = torch.nn.Parameter(torch.ones(3, 4))
        weight.grad = torch.zeros(3, 4)
        Muon([weight], lr=1.0).step()
        self.assertTrue(torch.equal(weight.detach(), torch.ones(3, 4)))
        with self.assertRaises(ValueError):
            Muon([torch.nn.Parameter(torch.ones(3))], lr=1.0)


if __name__ == "__main__":
    unittest.main()
