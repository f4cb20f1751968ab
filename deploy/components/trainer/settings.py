"""The trainer's settings, checked before anything heavy is loaded."""

import hashlib
import json

from common.contract import REQUIRED, StepError

ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
TARGETS = {
    "attention": ATTENTION,
    "all": [
        *ATTENTION,
        *("ff.net.0.proj", "ff.net.2", "proj_in", "proj_out"),
        *("conv1", "conv2", "conv_in", "conv_out", "time_emb_proj", "conv_shortcut"),
    ],
}
STRATEGIES = ("lora",)
OPTIMIZERS = ("adamw", "muon")
# These change what is seen while training, not what is learned: another value may resume a checkpoint.
WATCHING = ("sample_prompts", "sample_every", "sample_count", "sample_steps", "guidance_scale", "checkpoint_every")


def read_settings(params, about):
    """All settings as a flat dict; `about` is the data set's dataset.json."""
    trigger = params.text("trigger_word", about.get("trigger_word") or "")
    noun = params.text("class_noun", about.get("class_noun") or "")
    prompt = params.text("prompt", " ".join(word for word in ("a photo of", trigger, noun) if word))
    rank = params.integer("rank", 16, low=1, high=1024)
    resolution = params.integer("resolution", about.get("resolution") or 512, low=16, high=4096)
    if resolution % 8:
        raise StepError(
            "RESOLUTION_NO_MULTIPLE",
            'The setting "resolution" is {value}; it must be a multiple of {factor}.',
            value=resolution,
            factor=8,
        )
    return {
        "base_model": params.text("base_model", REQUIRED),
        "base_model_source": params.text("base_model_source", ""),
        "strategy": params.choice("strategy", STRATEGIES, "lora"),
        "trigger_word": trigger,
        "class_noun": noun,
        "prompt": prompt,
        "rank": rank,
        "alpha": as_whole(params.number("alpha", rank, low=1e-6, high=1e6)),
        "learning_rate": params.number("learning_rate", 1e-4, low=1e-9, high=1),
        "lr_schedule": params.choice("lr_schedule", ("constant", "linear", "cosine"), "cosine"),
        "warmup_steps": params.integer("warmup_steps", None, low=0, high=100_000),
        "optimizer": params.choice("optimizer", OPTIMIZERS, "adamw"),
        "weight_decay": params.number("weight_decay", 1e-2, low=0, high=1),
        "adam_beta2": params.number("adam_beta2", 0.999, low=0.5, high=0.99999),
        "timestep_bias": params.number("timestep_bias", 1.0, low=0.1, high=10),
        "steps": params.integer("steps", REQUIRED, low=1, high=1_000_000),
        "batch_size": params.integer("batch_size", 1, low=1, high=256),
        "resolution": resolution,
        "targets": params.choice("targets", tuple(TARGETS), "attention"),
        "caption_dropout": params.number("caption_dropout", 0.05, low=0, high=1),
        "noise_offset": params.number("noise_offset", 0.0, low=0, high=1),
        "seed": params.integer("seed", 0, low=0, high=2**53),
        "sample_prompts": params.texts("sample_prompts", [prompt]) or [prompt],
        "sample_every": params.integer("sample_every", 0, low=0, high=1_000_000),
        "sample_count": params.integer("sample_count", 4, low=1, high=64),
        "sample_steps": params.integer("sample_steps", 25, low=1, high=500),
        "guidance_scale": params.number("guidance_scale", 7.5, low=0, high=50),
        "checkpoint_every": params.integer("checkpoint_every", 100, low=0, high=1_000_000),
        "dataset": about.get("source", ""),
    }


def as_whole(number):
    return int(number) if float(number).is_integer() else number


def fingerprint(settings, rows):
    """Two attempts with the same fingerprint compute the same; only then a checkpoint may be used."""
    learned = {key: value for key, value in settings.items() if key not in WATCHING}
    pictures = [[row["file_name"], row.get("sha256"), row["text"], row["bucket"]] for row in rows]
    text = json.dumps([learned, pictures], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def learning_rate_factor(settings):
    """Multiplier of the learning rate at step k (from 0): warm-up, then the chosen schedule."""
    import math

    total = settings["steps"]
    warmup = settings["warmup_steps"]
    warmup = min(max(1, total // 20), 100) if warmup is None else warmup
    least = 0.05

    def factor(k):
        if k < warmup:
            return (k + 1) / (warmup + 1)
        left = 1 - min(1.0, (k - warmup) / max(1, total - warmup))
        if settings["lr_schedule"] == "linear":
            return max(least, left)
        if settings["lr_schedule"] == "cosine":
            return least + (1 - least) * 0.5 * (1 - math.cos(math.pi * left))
        return 1.0

    return factor
