"""Both formats give the same pictures, for alpha = rank and alpha != rank, by fresh pipelines."""

import json
import tempfile
import unittest
from pathlib import Path

from tests import tiny
from tests.harness import component

component("trainer")

import torch  # noqa: E402

from common import lora_files  # noqa: E402
from settings import TARGETS  # noqa: E402

CLOSE = 1e-3  # of a picture's 0..1


def pictures(pipe):
    pipe.set_progress_bar_config(disable=True)
    return pipe(
        "a photo of sks cat",
        height=32,
        width=32,
        num_inference_steps=3,
        guidance_scale=3.0,
        generator=torch.Generator().manual_seed(1),
        output_type="pt",
    ).images


def adapt(model, rank, alpha, targets, seed=3):
    """A LoRA that does something: both halves random."""
    from peft import LoraConfig

    torch.manual_seed(seed)
    model.requires_grad_(False)
    model.add_adapter(LoraConfig(r=rank, lora_alpha=alpha, init_lora_weights="gaussian", target_modules=targets))
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn_like(parameter) * 0.3


class BothFormatsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keep = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.keep.name)
        tiny.save_sd(cls.folder / "sd")
        tiny.save_sdxl(cls.folder / "sdxl")

    @classmethod
    def tearDownClass(cls):
        cls.keep.cleanup()

    def fresh(self, name):
        from diffusers import DiffusionPipeline

        return DiffusionPipeline.from_pretrained(self.folder / name, dtype=torch.float32, local_files_only=True)

    def check(self, name, rank, alpha, targets, encoder=False):
        trained = self.fresh(name)
        base = pictures(trained)
        adapt(trained.unet, rank, alpha, TARGETS[targets])
        diffusers_parts, kohya_parts = {"unet": trained.unet}, {"unet": trained.unet}
        if encoder:
            adapt(trained.text_encoder, rank, 3 * alpha, ["q_proj", "k_proj", "v_proj", "out_proj"])
            diffusers_parts["text_encoder"] = kohya_parts["text_encoder"] = trained.text_encoder
        wanted = pictures(trained)
        self.assertGreater((wanted - base).abs().max().item(), 20 * CLOSE, "the adapter changes nothing")
        lora_files.write_diffusers(self.folder / "a.safetensors", diffusers_parts, {"trigger_word": "sks"})
        lora_files.write_kohya(self.folder / "b.safetensors", kohya_parts, {"trigger_word": "sks"})
        for file in ("a.safetensors", "b.safetensors"):
            pipe = self.fresh(name)
            pipe.load_lora_weights(self.folder, weight_name=file, local_files_only=True)
            with self.subTest(file=file):
                self.assertLess((pictures(pipe) - wanted).abs().max().item(), CLOSE)

    def test_alpha_equal_to_rank(self):
        self.check("sd", 4, 4, "attention")

    def test_alpha_other_than_rank(self):
        self.check("sd", 4, 2, "attention")

    def test_alpha_other_than_rank_on_all_layers(self):
        self.check("sd", 4, 1.5, "all")

    def test_text_encoder_too(self):
        self.check("sd", 4, 2, "attention", encoder=True)

    def test_sdxl(self):
        self.check("sdxl", 4, 2, "all")

    def test_a_wrong_alpha_would_be_noticed(self):
        """The comparison can fail: alpha = rank, as the libraries' own kohya exporter writes it, is seen."""
        from safetensors.torch import load_file, save_file

        trained = self.fresh("sd")
        adapt(trained.unet, 4, 2, TARGETS["attention"])
        wanted = pictures(trained)
        lora_files.write_kohya(self.folder / "c.safetensors", {"unet": trained.unet}, {})
        tensors = load_file(self.folder / "c.safetensors")
        wrong = {key: torch.tensor(4.0) if key.endswith(".alpha") else value for key, value in tensors.items()}
        save_file(wrong, self.folder / "c.safetensors")
        pipe = self.fresh("sd")
        pipe.load_lora_weights(self.folder, weight_name="c.safetensors", local_files_only=True)
        self.assertGreater((pictures(pipe) - wanted).abs().max().item(), CLOSE)

    def test_names_and_metadata_that_other_tools_expect(self):
        from safetensors import safe_open

        trained = self.fresh("sd")
        adapt(trained.unet, 4, 2, TARGETS["all"])
        adapt(trained.text_encoder, 4, 2, ["q_proj"])
        settings = dict(
            rank=4, alpha=2, base_model="sd-1.5", trigger_word="제리", class_noun="cat", resolution=512, steps=10,
            learning_rate=1e-4, batch_size=1, images=16, seed=0, prompt="a photo of 제리 cat", dataset="sha256:0",
        )  # fmt: skip
        about = lora_files.metadata("sd", settings, "epsilon")
        path = self.folder / f"{lora_files.file_stem('제리', 'sd-1.5')}-kohya.safetensors"
        lora_files.write_kohya(path, {"unet": trained.unet, "text_encoder": trained.text_encoder}, about)
        self.assertEqual(path.stat().st_mode & 0o777, 0o644)
        with safe_open(path, "pt") as file:
            keys, found = set(file.keys()), file.metadata()
        self.assertIn("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_out_0.lora_down.weight", keys)
        self.assertIn("lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_up.weight", keys)
        self.assertEqual((found["trigger_word"], found["base_model"]), ("제리", "sd-1.5"))
        self.assertEqual((found["ss_network_dim"], found["ss_network_alpha"]), ("4", "2"))
        self.assertEqual(found["modelspec.trigger_phrase"], "a photo of 제리 cat")
        self.assertEqual(json.loads(found["ss_tag_frequency"]), {"img": {"a photo of 제리 cat": 16}})

    def test_file_names_are_safe(self):
        self.assertEqual(lora_files.file_stem("../a b/고양이", "sdxl"), "a-b-고양이-sdxl")
        self.assertEqual(lora_files.file_stem("", "sdxl"), "lora-sdxl")


if __name__ == "__main__":
    unittest.main()
