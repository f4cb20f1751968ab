"""Aspect-ratio buckets: the sizes a picture may be resized to, all of about the same area."""

import math

WIDEST = 2.0  # a picture wider (or taller) than 2:1 is cropped to it


def bucket_sizes(resolution, step):
    """Sizes (width, height) in multiples of `step` with at most resolution^2 pixels.

    >>> bucket_sizes(64, 16)
    [(48, 80), (64, 64), (80, 48)]
    """
    area = resolution * resolution
    sizes = set()
    side = resolution // step * step
    sizes.add((side, side))
    for width in range(step, int(resolution * math.sqrt(WIDEST)) + 1, step):
        height = area // width // step * step
        if height < step or max(width, height) > WIDEST * min(width, height):
            continue
        sizes.add((width, height))
        sizes.add((height, width))
    return sorted(sizes)


def nearest_bucket(width, height, sizes):
    """The size with the nearest aspect ratio; of equally near ones the largest."""
    ratio = math.log(width / height)
    return min(sizes, key=lambda size: (abs(math.log(size[0] / size[1]) - ratio), -size[0] * size[1]))


def cover_and_crop(width, height, bucket):
    """How to fill `bucket`: the size to resize to, and the centred crop's (left, top) in it."""
    scale = max(bucket[0] / width, bucket[1] / height)
    resized = (max(bucket[0], round(width * scale)), max(bucket[1], round(height * scale)))
    return resized, ((resized[0] - bucket[0]) // 2, (resized[1] - bucket[1]) // 2)
