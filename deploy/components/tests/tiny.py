"""Random, minimal Stable Diffusion and SDXL pipelines built in code, and a small data set version."""

import hashlib
import io
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def byte_vocabulary():
    """CLIP's byte-level alphabet without merges: 514 ids, any script, no download."""
    codes = [*range(33, 127), *range(161, 173), *range(174, 256)]
    characters = [chr(code) for code in codes]
    characters += [chr(256 + number) for number in range(256 - len(codes))]
    tokens = characters + [f"{character}</w>" for character in characters] + ["<|startoftext|>", "<|endoftext|>"]
    return {token: number for number, token in enumerate(tokens)}


def parts(seed=0):
    import torch
    from diffusers import AutoencoderKL
    from transformers import CLIPTextConfig, CLIPTokenizer

    torch.manual_seed(seed)
    tokenizer = CLIPTokenizer(vocab=byte_vocabulary(), merges=[], model_max_length=77)
    vae = AutoencoderKL(
        block_out_channels=[4, 8],
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=4,
        norm_num_groups=2,
        sample_size=32,
    )

    def text_config(width):
        return CLIPTextConfig(
            hidden_size=width,
            intermediate_size=2 * width,
            num_attention_heads=2,
            num_hidden_layers=2,
            vocab_size=514,
            max_position_embeddings=77,
            bos_token_id=512,
            eos_token_id=513,
            pad_token_id=513,
            projection_dim=width,
        )

    return tokenizer, vae, text_config


def save_sd(folder, prediction="epsilon"):
    from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel

    tokenizer, vae, text_config = parts()
    unet = UNet2DConditionModel(
        block_out_channels=(4, 8),
        layers_per_block=1,
        sample_size=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        norm_num_groups=2,
        attention_head_dim=4,
    )
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type=prediction,
    )
    StableDiffusionPipeline(
        unet=unet,
        vae=vae,
        text_encoder=CLIPTextModel(text_config(8)),
        tokenizer=tokenizer,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)


def save_sdxl(folder):
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    tokenizer, vae, text_config = parts()
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=8 * 6 + 32,
        cross_attention_dim=64,
        norm_num_groups=2,
    )
    StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text_config(32)),
        text_encoder_2=CLIPTextModelWithProjection(text_config(32)),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet,
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
    ).save_pretrained(folder)


def save_dataset_version(folder, sizes=((48, 48), (80, 48), (48, 80), (50, 50), (64, 40), (33, 33))):
    """Coloured noise pictures as a data set version; returns its "sha256:..."."""
    import numpy as np
    from PIL import Image

    folder = Path(folder)
    (folder / "images").mkdir(parents=True)
    images = []
    for number, (width, height) in enumerate(sizes):
        random = np.random.default_rng(number)
        picture = Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize((width, height))
        buffer = io.BytesIO()
        picture.save(buffer, format="PNG")
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        name = f"images/{digest}.png"
        (folder / name).write_bytes(buffer.getvalue())
        caption = "a photo of sks cat" if number % 2 else "a photo of sks cat, 고양이"
        images.append({"caption": caption, "file": name, "height": height, "sha256": digest, "width": width})
    images.sort(key=lambda image: image["sha256"])
    manifest = {"class_noun": "cat", "format": "autodidact-dataset/1", "images": images, "trigger_word": "sks"}
    raw = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    (folder / "manifest.json").write_bytes(raw)
    return "sha256:" + hashlib.sha256(raw).hexdigest()
