"""evaluator: the same seeds with and without the LoRA, beside the photographs.

in `model`, `dataset`; out `metrics` (metrics.json) and `samples` (grid.png, base-*, lora-*, photo-*,
samples.json). identity_ratio says how much nearer to the photographs the LoRA's pictures are than
the base's: 1 is no gain.
"""

import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import device as devices
from common.contract import StepError, main, read_image_folder, read_json, write_json
from common.tracking import Tracking
from grid import make_grid
from measures import measure

SHOWN = 8  # columns of the grid


def run(step):
    model = step.input("model")
    source = step.input("dataset")
    about, rows = read_image_folder(source)
    card = read_json(model / "model.json")
    params = step.params
    for name in ("base_model", "base_model_source"):
        # What the LoRA was trained on, unless the settings say otherwise.
        if not params.text(name) and card.get(name):
            params.values[name] = card[name]
    prompt = params.text("prompt", card.get("prompt") or about.get("prompt") or "a photo")
    count = params.integer("sample_count", 8, low=1, high=64)
    sample_steps = params.integer("sample_steps", 25, low=1, high=500)
    guidance = params.number("guidance_scale", 7.5, low=0, high=50)
    seed = params.integer("seed", 0, low=0, high=2**53)
    size = params.integer("resolution", card.get("resolution") or 512, low=16, high=4096)
    settings = {"prompt": prompt, "sample_count": count, "sample_steps": sample_steps, "guidance_scale": guidance, "seed": seed}

    tracking = Tracking.of(step)
    step.progress(0.01, "loading the libraries")
    device, dtype = devices.set_up(seed)
    environment = devices.environment(device, seed)
    step.log("settings", **settings)
    step.log("environment", **environment)
    tracking.params({f"evaluator.{key}": value for key, value in settings.items()})
    tracking.tags({f"evaluator.environment.{key}": value for key, value in environment.items()})

    from common.base_model import find_folder, generate, load_pipeline

    step.progress(0.03, "loading the base model")
    pipe, _ = load_pipeline(step, device, dtype)
    seeds = list(range(seed, seed + count))

    step.progress(0.1, f"{count} pictures from the base model")
    base = generate(pipe, prompt, seeds, size, sample_steps, guidance, step)
    step.progress(0.45, f"{count} pictures with the LoRA")
    load_lora(pipe, model, card)
    lora = generate(pipe, prompt, seeds, size, sample_steps, guidance, step)

    step.progress(0.8, "comparing with the photographs")
    photos = open_photos(source, rows)
    reference = open_references(find_folder(params.text("base_model"), step.environ))
    metrics, per_sample = compare(step, base, lora, photos, reference, size)

    step.progress(0.95, "writing the pictures")
    write_samples(step.output("samples"), tracking, prompt, seeds, base, lora, photos, per_sample)
    write_json(step.output("metrics") / "metrics.json", metrics)
    tracking.metrics({key: value for key, value in metrics.items() if isinstance(value, (int, float))})
    tracking.tags({"embedder": metrics["embedder"]})
    step.log("evaluation", **metrics)


def load_lora(pipe, model, card):
    files = {file["format"]: file["path"] for file in card.get("files", [])}
    if "diffusers" not in files:
        raise StepError("MODEL_HAS_NO_DIFFUSERS", "The model holds no file in diffusers format.")
    path = model / files["diffusers"]
    if not path.is_file():
        raise StepError("MODEL_FILE_MISSING", "The model's file {path} is missing.", path=files["diffusers"])
    pipe.load_lora_weights(path.parent, weight_name=path.name, local_files_only=True)


def open_photos(source, rows):
    from PIL import Image

    photos = []
    for row in rows:
        if not row.get("mirrored"):
            with Image.open(source / row["file_name"]) as image:
                photos.append(image.convert("RGB"))
    return photos


def open_references(folder):
    """Photographs that the base model itself was trained on, where its folder holds some (tiny-sd)."""
    from PIL import Image

    pictures = []
    for place in (folder, folder.parent) if folder else ():
        for path in sorted((place / "photographs").glob("*")):
            if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"):
                with Image.open(path) as image:
                    pictures.append(image.convert("RGB"))
    return pictures


def compare(step, base, lora, photos, reference, size):
    from common.vision import choose_embedder, embed, square

    embedder = choose_embedder(step)

    def vectors(pictures):
        # Photographs are seen at the samples' size: sharpness alone must not tell them apart.
        return embed(embedder, [square(picture, min(size, min(picture.size))) for picture in pictures])

    measured, per_sample = measure(
        vectors(base), vectors(lora), vectors(photos), vectors(reference) if reference else None
    )
    return {**measured, "samples": len(lora), "photographs": len(photos), "embedder": embedder.name}, per_sample


def write_samples(out, tracking, prompt, seeds, base, lora, photos, per_sample):
    shown = [photos[round(place * (len(photos) - 1) / max(1, min(SHOWN, len(photos)) - 1))] for place in range(min(SHOWN, len(photos)))]
    listed = []

    def keep(picture, name, **entry):
        buffer = io.BytesIO()
        picture.save(buffer, format="PNG")
        (out / name).write_bytes(buffer.getvalue())
        if entry["kind"] != "photo":  # the photographs are the creator's own; they stay in the data set
            tracking.artifact(f"samples/{name}", buffer.getvalue())
        listed.append({"file": name, **entry})

    for seed, picture, numbers in zip(seeds, base, per_sample["base"]):
        keep(picture, f"base-{seed}.png", kind="base", prompt=prompt, seed=seed, **numbers)
    for seed, picture, numbers in zip(seeds, lora, per_sample["lora"]):
        keep(picture, f"lora-{seed}.png", kind="lora", prompt=prompt, seed=seed, **numbers)
    for number, picture in enumerate(shown):
        keep(picture, f"photo-{number}.png", kind="photo", prompt=None, seed=None)
    grid = make_grid([("base model", base[:SHOWN]), ("with the LoRA", lora[:SHOWN]), ("photographs", shown)])
    grid.save(out / "grid.png")
    tracking.artifact("grid.png", (out / "grid.png").read_bytes())
    write_json(out / "samples.json", listed)


if __name__ == "__main__":
    main(run)
