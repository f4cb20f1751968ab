"""Base models: found in a folder or on the hub, loaded as a frozen diffusers pipeline.

Stable Diffusion 1.x / 2.x and SDXL go through the same code; what differs is in `Captions` and in
`size_conditioning`.
"""

import os
import re
from pathlib import Path

from common.contract import StepError, read_json

# Where a base model comes from when no folder holds it and the spec names no other source.
HUB = {
    "sd-1.5": "stable-diffusion-v1-5/stable-diffusion-v1-5",
    "sdxl": "stabilityai/stable-diffusion-xl-base-1.0",
}
OWN = Path(__file__).resolve().parents[2] / "base-models"
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
FAMILIES = {"StableDiffusionPipeline": "sd", "StableDiffusionXLPipeline": "sdxl"}


def base_model_folders(environ):
    given = environ.get("AUTODIDACT_BASE_MODELS", "")
    folders = [Path(folder) for folder in given.split(os.pathsep) if folder]
    return folders if OWN in folders else [*folders, OWN]


def find_folder(name, environ):
    """The folder of base model `name` in diffusers layout, or None."""
    if not IDENTIFIER.fullmatch(name):
        raise StepError("BASE_MODEL_NAME_INVALID", 'The base model "{name}" is no valid name.', name=name)
    for folder in base_model_folders(environ):
        for candidate in (folder / name, folder / name / "model"):
            if (candidate / "model_index.json").is_file():
                return candidate
    return None


def load_pipeline(step, device, dtype):
    """The base model that the step's settings name, frozen, in eval mode, on `device`."""
    import torch
    from diffusers import DiffusionPipeline

    name = step.params.text("base_model")
    if not name:
        raise StepError("SETTING_MISSING", 'The setting "{setting}" is missing.', setting="base_model")
    folder = find_folder(name, step.environ)
    # A folder's weights can be fp16; on a CPU they are computed with in fp32.
    options = {"dtype": dtype, "use_safetensors": True}
    if folder:
        family = family_of(read_json(folder / "model_index.json").get("_class_name"), name)
        if family == "sd":
            options.update(safety_checker=None, requires_safety_checker=False)
        try:
            pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True, **options)
        except (OSError, ValueError) as error:
            raise StepError(
                "BASE_MODEL_INCOMPLETE",
                "The base model {name} in {folder} is not complete: {why}",
                name=name,
                folder=folder,
                why=error,
            ) from error
    else:
        pipe = load_from_hub(step, name, options)
    family = family_of(type(pipe).__name__, name)
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.requires_grad_(False)
            part.eval()
    pipe.to(device)
    if is_small(pipe):
        # A second thread inside an operation only waits for the first: .13 s of CPU a step with one, .30 s with two, the same wall clock.
        torch.set_num_threads(1)
    if family == "sdxl" and dtype != torch.float32:
        pipe.vae.to(dtype=torch.float32)  # SDXL's autoencoder overflows in half precision
    use_better_sampler(pipe)
    pipe.set_progress_bar_config(disable=True)
    step.log("base model loaded", base_model=name, source=str(folder or source_of(step, name)), family=family)
    return pipe, family


def is_small(pipe):
    """Whether pictures of at most 128 px are made on a CPU: starting an operation then costs as much as computing it."""
    return pipe.device.type == "cpu" and pipe.unet.config.sample_size * 8 <= 128


def source_of(step, name):
    return step.params.text("base_model_source") or HUB.get(name)


def load_from_hub(step, name, options):
    from diffusers import DiffusionPipeline

    source = source_of(step, name)
    folders = ", ".join(str(folder / name) for folder in base_model_folders(step.environ))
    advice = (
        "Put it there in diffusers layout (a folder with model_index.json): {folders}, "
        "or let this machine reach its hub."
    )
    if not source:
        raise StepError(
            "BASE_MODEL_NOT_FOUND", "The base model {name} was not found. " + advice, name=name, folders=folders
        )
    step.progress(0.01, f"fetching the base model {source}")
    try:
        try:
            return DiffusionPipeline.from_pretrained(source, variant="fp16", **options)
        except ValueError:  # no half-precision files there
            return DiffusionPipeline.from_pretrained(source, **options)
    except Exception as error:  # noqa: BLE001 - the hub's client raises many kinds, all mean the same here
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        gated = "gated" in str(error).lower() or "401" in str(error) or "403" in str(error)
        code, licence = "BASE_MODEL_NOT_FETCHED", ""
        if gated:
            code, licence = "BASE_MODEL_GATED", "Accept its licence at https://huggingface.co/{source} and set HF_TOKEN. "
        raise StepError(
            code,
            "The base model {name} could not be fetched from {source} ({why}). " + licence + advice,
            name=name,
            source=source,
            why=reason,
            folders=folders,
        ) from error


def family_of(class_name, name):
    if class_name not in FAMILIES:
        raise StepError(
            "BASE_MODEL_KIND_UNKNOWN",
            "The base model {name} is a {kind}; this component trains {known}.",
            name=name,
            kind=class_name,
            known=" and ".join(FAMILIES),
        )
    return FAMILIES[class_name]


def use_better_sampler(pipe):
    # PNDM (SD 1.5's default) wants 50 steps; DPM-Solver++ reaches the same in 20 to 25.
    if type(pipe.scheduler).__name__ == "PNDMScheduler":
        from diffusers import DPMSolverMultistepScheduler

        pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)


class Captions:
    """Text embeddings, one per different caption, computed once: the text encoders are frozen."""

    def __init__(self, pipe, family, texts):
        import torch

        self.family = family
        self.embeddings = {}
        with torch.no_grad():
            for text in dict.fromkeys([*texts, ""]):
                self.embeddings[text] = self._encode(pipe, text)
        if family == "sdxl" and pipe.config.get("force_zeros_for_empty_prompt", True):
            # What the pipeline itself uses for "no prompt", so that dropout trains that case.
            self.embeddings[""] = tuple(torch.zeros_like(part) for part in self.embeddings[""])

    def _encode(self, pipe, text):
        device = pipe.unet.device
        if self.family == "sdxl":
            hidden, _, pooled, _ = pipe.encode_prompt(text, device=device, do_classifier_free_guidance=False)
            return hidden, pooled
        hidden, _ = pipe.encode_prompt(text, device, 1, False)
        return (hidden,)

    def batch(self, texts):
        import torch

        parts = zip(*(self.embeddings[text] for text in texts))
        return tuple(torch.cat(part) for part in parts)


def truncated(pipe, texts):
    """The captions that the tokenizer cuts off."""
    limit = pipe.tokenizer.model_max_length
    return [text for text in dict.fromkeys(texts) if len(pipe.tokenizer(text).input_ids) > limit]


def size_conditioning(rows, device):
    """SDXL's time ids: original size, crop corner and target size of each picture, height first."""
    import torch

    ids = []
    for row in rows:
        (original_w, original_h), (left, top), (width, height) = row["original_size"], row["crop"], row["bucket"]
        ids.append([original_h, original_w, top, left, height, width])
    return torch.tensor(ids, dtype=torch.float32, device=device)


def generate(pipe, prompt, seeds, size, steps, guidance, step=None):
    """One picture (PIL) per seed; the same seed gives the same starting noise on every device."""
    import torch

    pictures = []
    for start in range(0, len(seeds), 4):  # small batches: memory, and a stop is noticed soon
        some = seeds[start : start + 4]

        def watch(_pipe, _index, _timestep, values):
            if step is not None:
                step.stop_point()
            return values

        # Adapters are fp32 beside bf16 weights, and so is SDXL's autoencoder: autocast joins them.
        with torch.autocast(pipe.device.type, dtype=torch.bfloat16, enabled=pipe.unet.dtype == torch.bfloat16):
            pictures += pipe(
                [prompt] * len(some),
                height=size,
                width=size,
                num_inference_steps=steps,
                guidance_scale=guidance,
                generator=[torch.Generator().manual_seed(seed) for seed in some],
                callback_on_step_end=watch,
            ).images
    return pictures
