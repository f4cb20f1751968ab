"""data-loader: checks a data set version file by file and hands it on as an image folder.

out `dataset`: images/ + metadata.jsonl ({"file_name", "text", ...}) + dataset.json.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.contract import REQUIRED, StepError, main, sha256_file, write_image_folder
from common.tracking import Tracking

FORMAT = "autodidact-dataset/1"
FILE = re.compile(r"images/[0-9a-f]{64}\.(png|jpg|webp)")


def run(step):
    wanted = step.params.text("dataset", REQUIRED)
    manifest = read_manifest(step.data, wanted)
    out = step.output("dataset")
    (out / "images").mkdir()
    rows = []
    for number, image in enumerate(manifest["images"], 1):
        rows.append(take(step.data, out, image))
        step.progress(number / len(manifest["images"]), f"checked {number} of {len(manifest['images'])} pictures")
    about = {
        "format": FORMAT,
        "source": wanted,
        "trigger_word": manifest.get("trigger_word", ""),
        "class_noun": manifest.get("class_noun", ""),
    }
    write_image_folder(out, about, rows)
    total = sum((out / row["file_name"]).stat().st_size for row in rows)
    step.log("data set checked", images=len(rows), bytes=total, dataset=wanted)
    tracking = Tracking.of(step)
    tracking.params({"dataset": wanted})
    tracking.metrics({"images": len(rows), "bytes": total})


def read_manifest(data, wanted):
    path = data / "manifest.json"
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise StepError(
            "DATASET_LIST_MISSING", "The data set's list of pictures is missing: there is no {path}.", path=path
        ) from None
    found = "sha256:" + hashlib.sha256(raw).hexdigest()
    if found != wanted:
        raise StepError(
            "DATASET_OTHER_VERSION",
            "manifest.json is not the data set version that was asked for: it is {found}, asked was {wanted}.",
            found=found,
            wanted=wanted,
        )
    manifest = json.loads(raw)
    if manifest.get("format") != FORMAT:
        raise StepError(
            "DATASET_FORMAT_UNKNOWN",
            'manifest.json has the format "{found}"; this component reads {known}.',
            found=manifest.get("format"),
            known=FORMAT,
        )
    if not manifest.get("images"):
        raise StepError("DATASET_EMPTY", "The data set holds no pictures; accept some first.")
    return manifest


def take(data, out, image):
    name = image.get("file", "")
    if not FILE.fullmatch(name):
        raise StepError(
            "PICTURE_NAME_INVALID",
            'manifest.json names the file "{name}", which is no picture of a data set.',
            name=name,
        )
    source = data / name
    if not source.is_file():
        raise StepError("PICTURE_MISSING", "The picture {name} is missing from the data set.", name=name)
    # A copy, not a link: the stored picture must not change whatever a later step does.
    target = out / name
    shutil.copyfile(source, target)
    found = sha256_file(target)
    if found != image["sha256"]:
        raise StepError(
            "PICTURE_CHANGED",
            "The picture {name} was changed after the data set was made: its sha256 is {found}, recorded was {recorded}.",
            name=name,
            found=found,
            recorded=image["sha256"],
        )
    return {
        "file_name": name,
        "text": image.get("caption", ""),
        "sha256": found,
        "width": image.get("width"),
        "height": image.get("height"),
    }


if __name__ == "__main__":
    main(run)
