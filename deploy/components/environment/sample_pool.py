"""Makes the sample project's pool: 47 files as a person's folder would hold them.

    python sample_pool.py <folder>

The photographs ship inside scikit-image, which documents a free licence for each (LICENSE.txt in the folder
repeats it): 16 views of one cat, other pictures, near duplicates, an exact copy, and files that a pool must
refuse (blurred, too small, cut off, not a picture). The same files on every machine with the same library versions.
"""

import io
import random
import shutil
import sys
from pathlib import Path

from PIL import Image, ImageEnhance, ImageFilter

CATS = 16
SEED = 93  # of 114 tried, the one whose views differ most: largest EfficientNet-lite0 cosine .959
EYES = ((172, 117), (318, 137))  # of the cat, in pixels of the photograph
SMALLEST = 256  # shortest side of every proper picture
DIFFERENT = 14  # of 64 bits: two views of the cat differ by at least this in their difference hash

# (name of the file, picture in skimage.data, box as fractions or None for all of it)
OTHERS = [
    ("astronaut.jpg", "astronaut", None),
    ("astronaut-portrait.jpg", "astronaut", (0.2, 0.0, 0.75, 0.55)),
    ("astronaut-flag.jpg", "astronaut", (0.0, 0.0, 0.5, 0.6)),
    ("breakfast-1.jpg", "coffee", None),
    ("breakfast-2.jpg", "coffee", (0.0, 0.1, 0.7, 1.0)),
    ("breakfast-3.jpg", "coffee", (0.25, 0.0, 0.95, 0.8)),
    ("rocket-launch.jpg", "rocket", None),
    ("rocket-close.jpg", "rocket", (0.3, 0.2, 0.8, 1.0)),
    ("kitchen-clock.jpg", "clock", None),  # moved while it was taken
    ("blackboard.jpg", "text", None),
    ("saline.jpg", "cell", None),
    ("hubble.jpg", "hubble_deep_field", (0.1, 0.1, 0.8, 0.7)),
    ("eye-clinic.jpg", "retina", None),
    ("lab-slide.jpg", "immunohistochemistry", None),
    ("horse-drawing.png", "horse", None),
    ("tripod.jpg", "camera", None),
    ("night-sky.jpg", "hubble_deep_field", (0.5, 0.55, 1.0, 1.0)),
    ("coins.jpg", "coins", None),
    ("wall.jpg", "brick", None),
    ("lawn.jpg", "grass", None),
    ("path.jpg", "gravel", None),
]

SOURCES = {
    "chelsea": "the cat Chelsea by Stefan van der Walt, CC0",
    "astronaut": "Eileen Collins, NASA Great Images database, public domain",
    "coffee": "coffee cup by Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0",
    "rocket": "Falcon 9 launch by SpaceX, public domain (CC0)",
    "hubble_deep_field": "Hubble eXtreme Deep Field, NASA, public domain",
    "retina": "fundus photograph by Mikael Haggstrom, CC0",
    "immunohistochemistry": "IHC staining, as redistributed by scikit-image, no known copyright restrictions",
    "camera": "a photographer by Lav Varshney, CC0",
    "clock": "a wall clock by Stefan van der Walt, public domain",
    "text": "Corner.png from Wikipedia, public domain",
    "cell": "a cell in saline by Paul Mueller et al., CC0",
    "horse": "a silhouette by Andreas Preuss (marauder), openclipart, CC0",
    "coins": "Greek coins from Pompeii, Brooklyn Museum, no known copyright restrictions",
    "brick": "from CC0Textures, CC0",
    "grass": "from DeviantArt (linolafett), CC0",
    "gravel": "from CC0Textures, CC0",
}


def photograph(name):
    from skimage import data

    return Image.fromarray(getattr(data, name)()).convert("RGB")


def part(picture, box):
    if box is None:
        return picture
    left, top, right, bottom = box
    return picture.crop(
        (int(left * picture.width), int(top * picture.height), int(right * picture.width), int(bottom * picture.height))
    )


def at_least(picture, side):
    scale = side / min(picture.size)
    if scale <= 1:
        return picture
    return picture.resize((round(picture.width * scale) + 1, round(picture.height * scale) + 1), Image.Resampling.LANCZOS)


def difference_hash(picture):
    small = picture.convert("L").resize((9, 8), Image.Resampling.BOX)
    values = list(small.tobytes())
    return [values[9 * y + x] < values[9 * y + x + 1] for y in range(8) for x in range(8)]


def cat_views(cat):
    """Different views of the one cat: place, zoom, shape, tilt and light vary; no two look alike."""
    chance = random.Random(SEED)
    views, hashes = [], []
    shapes = [1.0, 1.0, 1.0, 4 / 3, 3 / 4]
    while len(views) < CATS:
        shape = chance.choice(shapes)
        height = chance.uniform(0.66, 0.98) * cat.height
        width = height * shape
        if width > cat.width * 0.97:
            continue
        tilt = chance.uniform(-14, 14)
        x = chance.uniform(0, cat.width - width)
        y = chance.uniform(0, cat.height - height)
        eyes = sum(x + 22 < ex < x + width - 22 and y + 22 < ey < y + height - 22 for ex, ey in EYES)
        if eyes < (2 if len(views) < 12 else 1):
            continue
        centre = (x + width / 2, y + height / 2)
        turned = cat.rotate(tilt, Image.Resampling.BICUBIC, center=centre)
        if outside(cat.size, (x, y, width, height), tilt):
            continue
        view = turned.crop((round(x), round(y), round(x + width), round(y + height)))
        view = in_other_light(view, chance)
        view = at_least(view, chance.choice((288, 320, 360)))
        bits = difference_hash(view)
        if any(sum(a != b for a, b in zip(bits, other)) < DIFFERENT for other in hashes):
            continue
        views.append(view)
        hashes.append(bits)
    return views


def in_other_light(view, chance):
    """Brighter or darker, warmer or cooler, flatter or harder: as at another hour or by another lamp."""
    view = ImageEnhance.Brightness(view).enhance(chance.uniform(0.78, 1.2))
    view = ImageEnhance.Contrast(view).enhance(chance.uniform(0.85, 1.15))
    view = ImageEnhance.Color(view).enhance(chance.uniform(0.8, 1.15))
    warmth = chance.uniform(-0.08, 0.08)
    red, green, blue = view.split()
    red = red.point(lambda value: min(255, round(value * (1 + warmth))))
    blue = blue.point(lambda value: min(255, round(value * (1 - warmth))))
    return Image.merge("RGB", (red, green, blue))


def outside(size, box, tilt):
    """Whether turning by `tilt` degrees brings the empty corners of the picture into the box."""
    import math

    x, y, width, height = box
    angle = math.radians(tilt)
    for dx in (-width / 2, width / 2):
        for dy in (-height / 2, height / 2):
            px = x + width / 2 + dx * math.cos(angle) - dy * math.sin(angle)
            py = y + height / 2 + dx * math.sin(angle) + dy * math.cos(angle)
            if not (0 <= px <= size[0] - 1 and 0 <= py <= size[1] - 1):
                return True
    return False


def as_jpeg(picture, quality=92, exif=None):
    buffer = io.BytesIO()
    options = {"exif": exif} if exif else {}
    picture.save(buffer, format="JPEG", quality=quality, **options)
    return buffer.getvalue()


def camera_exif(orientation=1):
    """What a telephone writes; a pool removes it, but must turn the picture first."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Example", "Phone 1"
    exif[0x0112] = orientation
    exif[0x9003] = "2026:05:01 12:00:00"
    return exif.tobytes()


def make_pool(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    cats = cat_views(photograph("chelsea"))
    for number, view in enumerate(cats, 1):
        (folder / f"cat-{number:02d}.jpg").write_bytes(as_jpeg(view, exif=camera_exif()))
    for name, source, box in OTHERS:
        picture = at_least(part(photograph(source), box), SMALLEST)
        picture.thumbnail((900, 900), Image.Resampling.LANCZOS)
        if name.endswith(".png"):
            picture.save(folder / name)
        elif name == "breakfast-3.jpg":
            # Held sideways: the file is turned, the orientation mark turns it back.
            (folder / name).write_bytes(as_jpeg(picture.transpose(Image.Transpose.ROTATE_90), exif=camera_exif(6)))
        else:
            (folder / name).write_bytes(as_jpeg(picture))

    # Near duplicates: saved again, slightly smaller, a screenshot as PNG.
    (folder / "cat-03-edited.jpg").write_bytes(as_jpeg(cats[2], quality=60))
    smaller = cats[6].resize((round(cats[6].width * 0.93), round(cats[6].height * 0.93)), Image.Resampling.LANCZOS)
    (folder / "cat-07-small.jpg").write_bytes(as_jpeg(smaller, quality=85))
    cats[10].save(folder / "Screenshot 2026-05-02.png")
    rocket = photograph("rocket")
    (folder / "rocket-launch-shared.jpg").write_bytes(as_jpeg(rocket.resize((608, 406), Image.Resampling.LANCZOS), quality=75))
    # An exact copy under another name.
    shutil.copyfile(folder / "cat-05.jpg", folder / "IMG_2041.jpg")
    # What a pool should not take.
    (folder / "IMG_2042.jpg").write_bytes(as_jpeg(cats[1].filter(ImageFilter.GaussianBlur(9))))
    (folder / "thumbnail.jpg").write_bytes(as_jpeg(cats[0].resize((48, 48), Image.Resampling.LANCZOS)))
    whole = as_jpeg(cats[12])
    (folder / "download-incomplete.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "notes.txt").write_text("vet on Tuesday, 10:30\n", encoding="utf-8")
    (folder / "LICENSE.txt").write_text(licence(), encoding="utf-8")
    return sorted(path.name for path in folder.iterdir())


def licence():
    lines = [
        "These pictures are crops and copies of photographs that ship with scikit-image",
        "(https://scikit-image.org, BSD-3-Clause; skimage/data, its documentation names each source):",
        "",
    ]
    files = {"chelsea": ["cat-*.jpg", "IMG_204*.jpg", "Screenshot 2026-05-02.png", "thumbnail.jpg", "download-incomplete.jpg"]}
    for name, source, _ in OTHERS:
        files.setdefault(source, []).append(name)
    files["rocket"].append("rocket-launch-shared.jpg")
    lines += [f"- {', '.join(names)}: {source}; {SOURCES[source]}" for source, names in files.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    names = make_pool(sys.argv[1])
    print(f"{len(names)} files in {sys.argv[1]}")
