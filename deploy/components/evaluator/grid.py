"""The picture grid: one labelled row for the base, one for the LoRA, one for the photographs."""

from PIL import Image, ImageDraw, ImageFont

GAP = 4
LABEL = 22
LEAST = 128  # small pictures are enlarged, so that a person can see them


def make_grid(rows):
    """`rows`: [(label, [picture, ...])]; pictures are shown as squares of one size."""
    side = max(LEAST, max(picture.width for _, pictures in rows for picture in pictures[:1]))
    columns = max(len(pictures) for _, pictures in rows)
    width = columns * (side + GAP) + GAP
    height = len(rows) * (LABEL + side + GAP) + GAP
    grid = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(grid)
    font = ImageFont.load_default(14)
    for number, (label, pictures) in enumerate(rows):
        top = GAP + number * (LABEL + side + GAP)
        draw.text((GAP, top + 2), label, fill="black", font=font)
        for column, picture in enumerate(pictures):
            fitted = fit(picture, side)
            x = GAP + column * (side + GAP) + (side - fitted.width) // 2
            y = top + LABEL + (side - fitted.height) // 2
            grid.paste(fitted, (x, y))
    return grid


def fit(picture, side):
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)
