"""What a picture may be like, and which sizes are made of it."""

from __future__ import annotations

FILE_MAX_BYTES = 10 * 1024 * 1024
PIXELS_MAX = 40_000_000
# A panorama of ten to one may have all the pixels there are; a line of 1 × 60,000 is refused.
SIDE_MAX = 20_000
FRAMES_MAX = 300
# Of all frames together.
ANIMATION_PIXELS_MAX = 100_000_000

# The longest side, in pixels. Each picture has the sizes up to the first that shows all of it.
SIZES = (400, 960, 1920)
# Encoding every frame in the largest size too would take twice as long.
ANIMATED_SIZES = (400, 960)
# The width of what is cut out around a point, and its width for each pixel of height.
AVATAR_SIZES, AVATAR_RATIO = (96, 400), 1
BANNER_SIZES, BANNER_RATIO = (600, 1500), 3
# Beside `400`, of an animation: its first frame, for people who asked for less motion.
STILL = "-still"

# Of the process that converts. A picture of 40 megapixels with transparency needs 800 MB.
MEMORY_MAX_BYTES = 1024 * 1024 * 1024
# Of one file that it writes.
WRITTEN_MAX_BYTES = 32 * 1024 * 1024
OPEN_FILES_MAX = 64
CONVERSION_SECONDS = 20


def fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """`size` in proportion with `longest` as its longest side; smaller ones stay as they are."""
    factor = min(1.0, longest / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def sizes_for(longest: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Those of `sizes`, in ascending order, that show more than the one before."""
    return tuple(size for below, size in zip((0, *sizes), sizes, strict=False) if longest > below)
