"""preprocessor: brings pictures to aspect-ratio buckets as PNG and mirrors them where asked.

in `dataset`, out `dataset`; every picture is accounted for in the log and in metadata.jsonl
(bucket, original size, crop), which SDXL's size conditioning needs.
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from buckets import bucket_sizes, cover_and_crop, nearest_bucket
from PIL import Image, ImageOps

from common.contract import StepError, main, read_image_folder, write_image_folder
from common.tracking import Tracking

Image.MAX_IMAGE_PIXELS = 50_000_000  # the platform's own limit; beyond twice this Pillow refuses


def run(step):
    resolution = step.params.integer("resolution", 512, low=16, high=4096)
    bucket_step = step.params.integer("bucket_step", 64, low=8, high=256)
    mirror = step.params.boolean("mirror", False)
    if bucket_step > resolution:
        raise StepError(
            "BUCKET_STEP_TOO_LARGE",
            "bucket_step ({bucket_step}) must not be larger than resolution ({resolution}).",
            bucket_step=bucket_step,
            resolution=resolution,
        )
    source = step.input("dataset")
    about, rows = read_image_folder(source)
    out = step.output("dataset")
    (out / "images").mkdir()
    sizes = bucket_sizes(resolution, bucket_step)
    made, enlarged = [], 0
    for number, row in enumerate(rows, 1):
        picture = open_picture(source / row["file_name"], row["file_name"])
        bucket = nearest_bucket(*picture.size, sizes)
        resized, corner = cover_and_crop(*picture.size, bucket)
        enlarged += resized[0] > picture.width
        entry = {
            "text": row.get("text", ""),
            "sha256": row.get("sha256"),
            "bucket": list(bucket),
            "original_size": list(picture.size),
            "crop": list(corner),
        }
        image = picture.resize(resized, Image.Resampling.LANCZOS).crop((*corner, corner[0] + bucket[0], corner[1] + bucket[1]))
        stem = Path(row["file_name"]).stem
        for flipped in (False, True) if mirror else (False,):
            name = f"images/{stem}{'-mirrored' if flipped else ''}.png"
            (ImageOps.mirror(image) if flipped else image).save(out / name)
            made.append({**entry, "file_name": name, "mirrored": flipped})
        step.progress(number / len(rows), f"prepared {number} of {len(rows)} pictures")
    write_image_folder(out, {**about, "resolution": resolution, "bucket_step": bucket_step, "mirror": mirror}, made)
    buckets = Counter(f"{row['bucket'][0]}x{row['bucket'][1]}" for row in made)
    step.log("pictures prepared", images=len(made), from_images=len(rows), enlarged=enlarged, buckets=dict(buckets))
    tracking = Tracking.of(step)
    tracking.params({"resolution": resolution, "bucket_step": bucket_step, "mirror": mirror})
    tracking.metrics({"prepared_images": len(made), "enlarged_images": enlarged, "buckets": len(buckets)})


def open_picture(path, name):
    try:
        with Image.open(path) as image:
            image = ImageOps.exif_transpose(image)
            if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                # Transparent pixels hold arbitrary colours; white is what a viewer shows.
                image = image.convert("RGBA")
                white = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(white, image)
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise StepError(
            "PICTURE_UNREADABLE",
            "The picture {name} cannot be read ({why}); remove it from the data set.",
            name=name,
            why=error,
        ) from error


if __name__ == "__main__":
    main(run)
