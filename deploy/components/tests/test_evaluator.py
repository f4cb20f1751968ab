import json
import os
import tempfile
import unittest
from pathlib import Path

from PIL import Image

from tests import tiny
from tests.harness import component, run

component("evaluator")

import torch  # noqa: E402

from measures import measure  # noqa: E402


def directions(*degrees):
    angles = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    return torch.stack([angles.cos(), angles.sin()], dim=1)


class MeasureTest(unittest.TestCase):
    def test_the_ratio_is_of_the_means_of_the_nearest_cosines(self):
        metrics, samples = measure(directions(60, 60), directions(0, 30), directions(0, -10))
        near = [1.0, 3**0.5 / 2]
        self.assertAlmostEqual(metrics["lora_similarity"], sum(near) / 2)
        self.assertAlmostEqual(metrics["base_similarity"], 0.5)
        self.assertAlmostEqual(metrics["identity_ratio"], sum(near))
        self.assertAlmostEqual(samples["lora"][0]["margin"], 0.5)
        self.assertAlmostEqual(samples["lora"][1]["margin"], 0)

    def test_a_base_that_is_nothing_alike_still_gives_a_number(self):
        metrics, _ = measure(directions(180), directions(0), directions(0))
        self.assertAlmostEqual(metrics["identity_ratio"], 100)

    def test_the_margin_to_what_the_base_was_trained_on(self):
        metrics, samples = measure(directions(90), directions(10, 80), directions(0), directions(90))
        self.assertGreater(samples["lora"][0]["margin_to_reference"], 0)
        self.assertLess(samples["lora"][1]["margin_to_reference"], 0)
        self.assertEqual(metrics["nearer_than_reference"], 0.5)


class VisionTest(unittest.TestCase):
    def test_names_what_it_sees_and_knows_views_of_one_cat(self):
        from skimage import data

        from common.vision import EfficientNetEmbedder, class_names, embed, load_efficientnet, pixels

        cat, coffee = (Image.fromarray(getattr(data, name)()) for name in ("chelsea", "coffee"))
        names = class_names()
        self.assertEqual((len(names), names[0], names[285], names[967]), (1000, "tench", "Egyptian cat", "espresso"))
        with torch.no_grad():
            logits = load_efficientnet()((pixels([cat, coffee]) - 127) / 128)
        self.assertEqual([names[index] for index in logits.argmax(1)], ["Egyptian cat", "espresso"])
        vectors = embed(EfficientNetEmbedder(), [cat, cat.crop((60, 0, 360, 300)), coffee])
        self.assertGreater(vectors[0] @ vectors[1], 0.6)
        self.assertLess(vectors[0] @ vectors[2], 0.4)

    def test_clip_from_a_folder(self):
        from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

        from common.vision import ClipEmbedder, embed

        with tempfile.TemporaryDirectory() as folder:
            config = CLIPVisionConfig(
                hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=8, projection_dim=8
            )  # fmt: skip
            CLIPVisionModelWithProjection(config).save_pretrained(folder)
            vectors = embed(ClipEmbedder(folder), [Image.new("RGB", (50, 40), "red"), Image.new("RGB", (40, 50), "blue")])
        self.assertEqual(vectors.shape, (2, 8))
        self.assertTrue(torch.allclose(vectors.norm(dim=1), torch.ones(2)))


class EvaluatorTest(unittest.TestCase):
    def test_the_same_seeds_with_and_without_the_lora(self):
        os.environ["AUTODIDACT_THREADS"] = "1"
        self.addCleanup(os.environ.pop, "AUTODIDACT_THREADS")
        keep = tempfile.TemporaryDirectory()
        self.addCleanup(keep.cleanup)
        folder = Path(keep.name)
        tiny.save_sd(folder / "bases" / "rand-sd")
        dataset = tiny.save_dataset_version(folder / "data")
        environ = {"AUTODIDACT_BASE_MODELS": str(folder / "bases"), "AUTODIDACT_DATA": str(folder / "data")}
        loaded = run("data_loader", folder / "load", {"dataset": dataset}, environ)
        prepared = run("preprocessor", folder / "prepare", {"resolution": 32, "bucket_step": 8, "mirror": True}, dataset=loaded / "dataset")
        settings = {"base_model": "rand-sd", "steps": 30, "rank": 4, "batch_size": 4, "resolution": 32, "learning_rate": 0.05}
        trained = run("trainer", folder / "train", settings, environ, dataset=prepared / "dataset")
        shown = {"base_model": "rand-sd", "sample_count": 5, "sample_steps": 2, "seed": 3}
        out = run("evaluator", folder / "evaluate", shown, environ, dataset=prepared / "dataset", model=trained / "model")

        metrics = json.loads((out / "metrics" / "metrics.json").read_text())
        self.assertEqual(metrics["embedder"], "efficientnet-lite0")
        self.assertEqual((metrics["samples"], metrics["photographs"]), (5, 6))  # mirrored ones are not counted
        self.assertAlmostEqual(metrics["identity_ratio"], metrics["lora_similarity"] / metrics["base_similarity"], places=5)
        samples = json.loads((out / "samples" / "samples.json").read_text())
        self.assertEqual([s["seed"] for s in samples if s["kind"] == "base"], [3, 4, 5, 6, 7])
        self.assertEqual([s["seed"] for s in samples if s["kind"] == "lora"], [3, 4, 5, 6, 7])
        for sample in samples:
            with Image.open(out / "samples" / sample["file"]) as image:
                self.assertEqual(image.format, "PNG")
        with Image.open(out / "samples" / "grid.png") as grid:
            self.assertGreater(grid.width, 5 * 128)
            self.assertGreater(grid.height, 3 * 128)
        self.assertNotEqual((out / "samples" / "base-3.png").read_bytes(), (out / "samples" / "lora-3.png").read_bytes())

        # The base's pictures come from the base alone: another evaluation with more samples shows the same.
        again = run("evaluator", folder / "again", {**shown, "sample_count": 4}, environ, dataset=prepared / "dataset", model=trained / "model")
        self.assertEqual((again / "samples" / "base-4.png").read_bytes(), (out / "samples" / "base-4.png").read_bytes())


if __name__ == "__main__":
    unittest.main()
