"""Pictures: refused by name, or shown right; and nothing but pixels comes out."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps, ImageSequence

from app.lib.pictures import program
from app.lib.pictures.conversion import Cut, convert
from app.lib.pictures.failures import BY_CODE, PictureError
from tests.support import picture_files as files
from tests.support.picture_files import BLUE, GREEN, RED, WHITE, encoded, is_near, quarters

SHOWN_CHUNKS = {"VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF"}
CENTER = (0.5, 0.5)


class Converter:
    """Converts files in a folder, and opens what comes out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "upload"

    def __call__(self, content: bytes, cut: Cut | None = None) -> dict[str, Any]:
        for old in self.folder.iterdir():
            old.unlink()
        self.file.write_bytes(content)
        return convert(self.file, self.folder, cut)

    def shown(self, content: bytes, name: str = "400") -> Image.Image:
        self(content)
        return files.decoded(self.written(name))

    def written(self, name: str) -> bytes:
        return (self.folder / f"{name}.webp").read_bytes()


@pytest.fixture
def converter(tmp_path: Path) -> Converter:
    return Converter(tmp_path)


def chunks_of(webp: bytes) -> set[str]:
    names, at = set(), 12
    while at < len(webp):
        names.add(webp[at : at + 4].decode())
        length = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        at += 8 + length + length % 2
    return names


@pytest.mark.parametrize("cases", [files.bombs, files.damaged])
def test_bombs_and_what_is_no_picture_are_refused_by_name(
    converter: Converter, cases: Callable[[], dict[str, tuple[bytes, str]]]
) -> None:
    said = {}
    for name, (content, _code) in cases().items():
        try:
            said[name] = str(converter(content)["sizes"])
        except PictureError as error:
            said[name] = error.code
    assert said == {name: code for name, (_content, code) in cases().items()}


@pytest.mark.parametrize("kind", files.FORMATS)
def test_each_format_is_shown(converter: Converter, kind: str) -> None:
    made = converter(encoded(quarters((500, 300)), kind))
    assert (made["width"], made["height"], made["is_animated"]) == (500, 300, False)
    assert {n: (s["width"], s["height"]) for n, s in made["sizes"].items()} == {
        "400": (400, 240),
        "960": (500, 300),
    }
    for name, size in made["sizes"].items():
        written = converter.written(name)
        image = files.decoded(written)
        assert (image.format, image.size) == ("WEBP", (size["width"], size["height"]))
        assert size["bytes"] == len(written)
        found = files.corners(image)
        assert all(map(is_near, found, (RED, GREEN, BLUE, WHITE))), found


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_are_shown_upright(converter: Converter, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    upright = quarters((64, 48))
    # Whichever way a camera turned it, undoing that gives the picture.
    stored = next(
        candidate
        for method in [None, *Image.Transpose]
        if _turned(candidate := upright if method is None else upright.transpose(method), turn)
        == upright.tobytes()
    )
    for kind in ("JPEG", "PNG", "WEBP"):
        made = converter(encoded(stored, kind, exif=exif.tobytes(), quality=95))
        assert (made["width"], made["height"]) == (64, 48)
        found = files.corners(files.decoded(converter.written("400")))
        assert all(map(is_near, found, (RED, GREEN, BLUE, WHITE))), (kind, found)


def _turned(image: Image.Image, turn: int) -> bytes:
    image = image.copy()
    image.getexif()[0x0112] = turn
    turned = ImageOps.exif_transpose(image)
    return turned.tobytes() if turned.size == (64, 48) else b""


def test_other_kinds_of_colors_are_shown_right(converter: Converter) -> None:
    size = (8, 8)
    gray = Image.new("I;16", size, 40_000)
    row = b"\0" + struct.pack(">3H", 65_535, 0, 32_896) * 8
    rgb16 = files.png(size, 16, 2, row * 8)
    half = Image.new("LA", size, (200, 128))
    cases: dict[str, tuple[bytes, tuple[int, ...]]] = {
        "cmyk": (encoded(Image.new("CMYK", size, (255, 0, 0, 0)), "JPEG"), (0, 255, 255)),
        "gray": (encoded(Image.new("L", size, 90), "JPEG"), (90, 90, 90)),
        "16 bit gray": (encoded(gray), (156, 156, 156)),
        "16 bit": (rgb16, (255, 0, 128)),
        "1 bit": (encoded(Image.new("1", size, 1)), WHITE),
        "gray with alpha": (encoded(half), (200, 200, 200, 128)),
        "rgb with one invisible color": (
            encoded(Image.new("RGB", size, RED), transparency=RED),
            (0, 0, 0, 0),
        ),
    }
    for name, (content, color) in cases.items():
        shown = converter.shown(content)
        assert len(shown.getbands()) == len(color), name
        found = shown.getpixel((0, 0))
        assert is_near(found[-1:], color[-1:], 3) and (color[-1] == 0 or is_near(found, color)), (
            name,
            found,
        )


def test_a_palette_keeps_what_is_transparent(converter: Converter) -> None:
    image = quarters((8, 8)).quantize(4)
    index = image.getpixel((7, 7))
    shown = converter.shown(encoded(image, transparency=index))
    assert [shown.getpixel(place)[3] for place in ((0, 0), (7, 7))] == [255, 0]
    opaque = converter.shown(encoded(image))
    assert opaque.mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_profile_is_applied(converter: Converter, kind: str) -> None:
    profile = files.profile_with_red_and_green_exchanged()
    shown = converter.shown(encoded(quarters(), kind, icc_profile=profile))
    found = files.corners(shown)
    assert is_near(found[0], GREEN) and is_near(found[1], RED) and is_near(found[3], WHITE), found


def test_a_profile_keeps_what_is_transparent(converter: Converter) -> None:
    profile = files.profile_with_red_and_green_exchanged()
    glass = encoded(Image.new("RGBA", (8, 8), (*RED, 90)), icc_profile=profile)
    found = converter.shown(glass).getpixel((4, 4))
    assert is_near(found, (*GREEN, 90)), found


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
@pytest.mark.parametrize(
    "profile", [b"no profile", b"\0" * 200, files.profile_with_red_and_green_exchanged()[:300]]
)
def test_a_damaged_or_strange_profile_is_ignored(
    converter: Converter, mode: str, profile: bytes
) -> None:
    image = Image.new("RGB", (8, 8), WHITE).convert(mode)
    assert is_near(
        converter.shown(encoded(image, "JPEG", icc_profile=profile)).getpixel((4, 4)), WHITE
    )


@pytest.mark.parametrize("kind", files.FORMATS)
def test_nothing_but_pixels_comes_out(converter: Converter, kind: str) -> None:
    made = converter(files.with_metadata(kind))
    assert made["sizes"]
    for name in made["sizes"]:
        written = converter.written(name)
        assert files.SECRET not in written
        assert chunks_of(written) <= SHOWN_CHUNKS, kind


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_a_script_behind_a_picture_is_left_out(converter: Converter, kind: str) -> None:
    content = encoded(quarters(), kind) + files.SCRIPT
    made = converter(content)
    assert list(made["sizes"]) == ["400"]
    assert b"script" not in converter.written("400")


def test_a_picture_that_is_a_script_too_is_refused(converter: Converter) -> None:
    # To a browser that is told so, a comment, an assignment and a call.
    with pytest.raises(PictureError):
        converter(b"GIF89a/*" + bytes(60) + b"*/=1;alert(1)//;")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animations_stay_animated_beside_a_still(converter: Converter, kind: str) -> None:
    made = converter(files.moving(kind, 5, (500, 300)))
    assert made["is_animated"]
    assert list(made["sizes"]) == ["400-still", "400", "960-still", "960"]
    assert files.decoded(converter.written("400-still")).n_frames == 1
    shown = files.decoded(converter.written("400"))
    assert (shown.n_frames, shown.size, shown.info["loop"]) == (5, (400, 240), int(kind == "GIF"))
    colors = [frame.convert("RGB").getpixel((9, 9)) for frame in ImageSequence.Iterator(shown)]
    assert all(map(is_near, colors, [RED, GREEN, BLUE, WHITE, RED])), colors
    assert shown.info["duration"] == 80


def test_frames_of_a_gif_are_where_they_belong(converter: Converter) -> None:
    frames = [
        (2, 2, 12, 12, 0, 1),  # red, stays
        (8, 0, 16, 9, 1, 2),  # green, beyond the screen at the right, is wiped out afterwards
        (0, 12, 4, 4, 2, 3),  # blue, goes and brings back what was there
        (15, 15, 1, 1, 3, 0),
    ]
    made = converter(files.gif((16, 16), frames))
    assert (made["width"], made["height"]) == (16, 16)
    shown = files.decoded(converter.written("400"))
    assert shown.n_frames == 4
    pictures = [frame.convert("RGBA") for frame in ImageSequence.Iterator(shown)]
    places = [(0, 0), (4, 10), (12, 4), (1, 14), (15, 15)]
    seen = [[name_of(picture.getpixel(place)) for place in places] for picture in pictures]
    assert seen == [
        ["none", "red", "red", "none", "none"],
        ["none", "red", "green", "none", "none"],
        ["none", "red", "none", "blue", "none"],
        ["none", "red", "none", "none", "white"],
    ]


def name_of(color: tuple[int, ...]) -> str:
    if color[3] < 128:
        return "none"
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
    return next(
        (name for name, value in names.items() if is_near(color[:3], value, 60)), str(color)
    )


@pytest.mark.parametrize(("delay", "shown"), [(0, 100), (1, 100), (2, 20), (65_535, 60_000)])
def test_frames_are_shown_as_long_as_browsers_would(
    converter: Converter, delay: int, shown: int
) -> None:
    converter(files.gif((9, 9), [(0, 0, 9, 9, color, 0) for color in range(3)], delay))
    assert files.decoded(converter.written("400")).info["duration"] == shown


@pytest.mark.parametrize(("repeats", "loops"), [(0, 0), (2, 3), (65_535, 65_535)])
def test_an_animation_ends_when_it_should(converter: Converter, repeats: int, loops: int) -> None:
    content = files.gif((9, 9), [(0, 0, 9, 9, color, 0) for color in range(3)])
    content = files.patched(content, b"\3\1\0\0\0", b"\3\1" + struct.pack("<H", repeats) + b"\0")
    assert converter.shown(content).info["loop"] == loops


def test_a_hidden_first_picture_of_an_animated_png_is_not_shown(converter: Converter) -> None:
    images = [Image.new("RGB", (9, 9), color) for color in (WHITE, RED, GREEN)]
    content = encoded(images[0], "PNG", save_all=True, append_images=images[1:], default_image=True)
    shown = converter.shown(content)
    assert (shown.n_frames, is_near(shown.convert("RGB").getpixel((4, 4)), RED)) == (2, True)


def test_a_gif_without_a_screen_or_with_one_frame_is_shown(converter: Converter) -> None:
    assert converter(files.gif((0, 0), [(0, 0, 9, 7, 0, 0)]))["width"] == 9
    assert not converter(files.gif((9, 9), [(0, 0, 9, 9, 0, 0)]))["is_animated"]


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((1, 1), {"400": (1, 1)}),
        ((400, 20), {"400": (400, 20)}),
        ((401, 20), {"400": (400, 20), "960": (401, 20)}),
        ((1, 3000), {"400": (1, 400), "960": (1, 960), "1920": (1, 1920)}),
    ],
)
def test_pictures_are_never_enlarged(
    converter: Converter, size: tuple[int, int], sizes: dict[str, tuple[int, int]]
) -> None:
    made = converter(encoded(Image.new("RGB", size, BLUE)))
    assert {n: (s["width"], s["height"]) for n, s in made["sizes"].items()} == sizes
    assert made["color"] == "#0000ff"


@pytest.mark.parametrize(("x", "color"), [(0, RED), (0.5, None), (1, GREEN)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_an_avatar_is_cut_around_its_point(
    converter: Converter, x: float, color: tuple[int, ...] | None, kind: str
) -> None:
    wide = quarters((1200, 300)).crop((0, 0, 1200, 150))
    made = converter(encoded(wide, kind), Cut(1, (96, 400), (x, 0.5)))
    assert (made["width"], made["height"]) == (150, 150)
    assert {n: s["width"] for n, s in made["sizes"].items()} == {"96": 96, "400": 150}
    shown = files.decoded(converter.written("400")).convert("RGB")
    ends = shown.getpixel((5, 75)), shown.getpixel((144, 75))
    expected = (RED, GREEN) if color is None else (color, color)
    assert all(map(is_near, ends, expected)), ends


def test_a_banner_of_a_turned_photo_is_three_to_one(converter: Converter) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = quarters((2400, 3200)).transpose(Image.Transpose.ROTATE_90)
    banner = Cut(3, (600, 1500), (0.5, 1))
    made = converter(encoded(photo, "JPEG", exif=exif.tobytes()), banner)
    assert (made["width"], made["height"]) == (2400, 800)
    shown = {n: files.decoded(converter.written(n)) for n in made["sizes"]}
    assert {n: image.size for n, image in shown.items()} == {"600": (600, 200), "1500": (1500, 500)}
    assert all(map(is_near, files.corners(shown["600"]), (BLUE, WHITE, BLUE, WHITE)))


def test_a_part_of_an_animation_is_still(converter: Converter) -> None:
    made = converter(files.moving("GIF"), Cut(1, (96, 400), CENTER))
    assert not made["is_animated"] and list(made["sizes"]) == ["96"]


def test_what_stands_in_has_the_colors_of_what_is_visible(converter: Converter) -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 10, 20))
    made = converter(encoded(image))
    assert made["color"] == "#ff0000"
    assert made["blurhash"] == converter(encoded(Image.new("RGB", (40, 20), RED)))["blurhash"]


def test_the_program_prints_what_it_made_or_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limited: list[bool] = []
    monkeypatch.setattr(program, "limit_itself", lambda: limited.append(True))
    file = tmp_path / "upload"
    file.write_bytes(encoded(quarters((800, 600))))
    answers = []
    for words in (["post"], ["avatar", "0.5", "1"], ["banner", "0", "0.5"]):
        program.main([str(file), str(tmp_path), *words])
        answers.append(list(json.loads(capsys.readouterr().out)["sizes"]))
    assert answers == [["400", "960"], ["96", "400"], ["600", "1500"]]
    file.write_bytes(b"nothing")
    program.main([str(file), str(tmp_path), "post"])
    assert json.loads(capsys.readouterr().out) == {"error": "unsupported_format"}
    file.unlink()
    program.main([str(file), str(tmp_path), "post"])
    assert json.loads(capsys.readouterr().out) == {"error": "failed"}
    assert len(limited) == 5


def test_every_failure_has_a_code_of_its_own() -> None:
    assert set(BY_CODE) == {
        "unreadable",
        "unsupported_format",
        "too_large",
        "too_many_pixels",
        "too_many_frames",
        "busy",
        "failed",
    }


def test_damaged_metadata_does_not_turn_a_picture(converter: Converter) -> None:
    exif = b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(9)
    assert converter(encoded(quarters(), "JPEG", exif=exif))["width"] == 64
    # A file that is cut off where its size was to be read.
    with pytest.raises(PictureError) as refusal:
        converter(b"GIF89a\1\0\1\0")
    assert refusal.value.code == "unreadable"
