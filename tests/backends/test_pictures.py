"""The process that converts pictures: what it may use, and that nothing is left of it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from textwrap import dedent, indent

import pytest
from PIL import Image

import config
from app.backends import pictures
from app.backends.pictures import convert
from app.lib.pictures.failures import BusyError, FailedError, PictureError, TooLargeError
from tests.support import picture_files as files

CONTENT = files.encoded(files.quarters((500, 300)), "JPEG")
MEBIBYTE = 1024 * 1024
BOMB_SECONDS, BOMB_BYTES = 1, 200 * MEBIBYTE
# The memory of a process counts from before its program was loaded, when it was a copy of ours.
MEASURE = """
import os, sys
process = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(process, 0)
print()
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
"""
# Like the real program, with other things to do.
PROGRAM = """
import sys, types
package = types.ModuleType("app")
package.__path__ = [{app!r}]
sys.modules["app"] = package
from app.lib.pictures import limits, program
program.convert = lambda file, folder, cut: work(file, folder)
def work(file, folder):
{work}
{setup}
program.main(sys.argv[1:])
"""
ANSWER = """
return {"width": 4, "height": 3, "is_animated": False, "color": "#000000", "blurhash": "00Juuu",
    "sizes": {"400": {"width": 4, "height": 3}}}
"""
MADE = (
    """
folder.joinpath("400.webp").write_bytes(b"RIFF....WEBP")
"""
    + ANSWER
)

Replace = Callable[..., None]


@pytest.fixture
def replace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Have the process do something else than converting."""

    def replace(work: str, setup: str = "") -> None:
        program = tmp_path / "program.py"
        text = indent(dedent(work), "    ")
        program.write_text(
            PROGRAM.format(app=str(config.ROOT / "app"), work=text, setup=dedent(setup))
        )
        monkeypatch.setattr(pictures, "PROGRAM", program)

    return replace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "places"


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def measured(content: bytes, folder: Path) -> tuple[dict[str, object], float, int]:
    """What the real program says about a file, its CPU seconds and its memory."""
    upload = folder / "upload"
    upload.write_bytes(content)
    program = [sys.executable, "-I", str(pictures.PROGRAM), str(upload), str(folder), "post"]
    command = [sys.executable, "-I", "-c", MEASURE, *program]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    answer, figures = said.rstrip().split("\n")
    code, seconds, memory = figures.split()
    assert code == "0"
    return json.loads(answer), float(seconds), int(memory)


@pytest.mark.server
@pytest.mark.slow(minutes=0.1)
def test_bombs_take_neither_time_nor_memory(tmp_path: Path) -> None:
    for name, (content, code) in files.bombs().items():
        answer, seconds, memory = measured(content, tmp_path)
        print(f"{name}: {seconds:.2f} s, {memory // MEBIBYTE} MiB")
        assert answer == {"error": code}, name
        assert seconds < BOMB_SECONDS and memory < BOMB_BYTES, name


@pytest.mark.server
@pytest.mark.slow(minutes=0.1)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "JPEG", "HEIF"])
def test_the_largest_pictures_fit_into_the_limits(kind: str, tmp_path: Path) -> None:
    options = {"PNG": {"compress_level": 1}, "AVIF": {"speed": 10}, "WEBP": {"method": 0}}
    # Transparent, which takes the most memory, where the format has that.
    mode = "RGB" if kind in ("JPEG", "HEIF") else "RGBA"
    image = Image.new(mode, (8000, 5000), (200, 30, 90, 128)[: len(mode)])
    answer, seconds, memory = measured(
        files.encoded(image, kind, **options.get(kind, {})), tmp_path
    )
    print(f"{kind}: {seconds:.2f} s, {memory // MEBIBYTE} MiB")
    assert "sizes" in answer, answer
    assert list(answer["sizes"]) == ["400", "960", "1920"]


@pytest.fixture(params=["here", pytest.param("process", marks=pytest.mark.server)])
def anywhere(request: pytest.FixtureRequest) -> None:
    """Convert in the process of the test, and in one of its own as always."""
    if request.param == "here":
        request.getfixturevalue("converting_in_here")


def test_a_picture_comes_back_and_its_place_is_empty(anywhere: None, folder: Path) -> None:
    made = convert(BytesIO(CONTENT), folder)
    assert (made.width, made.height, made.is_animated) == (500, 300, False)
    assert {name: (size.width, size.height) for name, size in made.sizes.items()} == {
        "400": (400, 240),
        "960": (500, 300),
    }
    assert all(files.decoded(size.content).format == "WEBP" for size in made.sizes.values())
    avatar = convert(BytesIO(CONTENT), folder, "avatar", (0.5, 1))
    assert list(avatar.sizes) == ["96", "400"]
    assert left_in(folder) == []


def test_what_is_not_accepted_is_named_and_leaves_nothing(anywhere: None, folder: Path) -> None:
    with pytest.raises(PictureError) as refusal:
        convert(BytesIO(b"<svg/>"), folder)
    assert refusal.value.code == "unsupported_format"
    with pytest.raises(TooLargeError):
        convert(BytesIO(bytes(11 * MEBIBYTE)), folder)
    assert left_in(folder) == []


GOOD = {
    "width": 4,
    "height": 3,
    "is_animated": False,
    "color": "#000000",
    "blurhash": "00Juuu",
    "sizes": {"400": {"width": 4, "height": 3}},
}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nothing",
        b"[" * 60_000,
        b"[]",
        b"{}",
        b'{"error": "other"}',
        # Its file is missing.
        GOOD,
        GOOD | {"width": "4"},
        GOOD | {"color": "red"},
        GOOD | {"color": "#000000\n"},
        GOOD | {"blurhash": "<script>"},
        GOOD | {"sizes": {}},
        GOOD | {"sizes": {"400": {"width": "wide", "height": 3}}},
        GOOD | {"sizes": {"../400": {"width": 4, "height": 3}}},
    ],
)
def test_an_unexpected_answer_is_a_failure(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    converting_in_here: None,
    answer: bytes | dict[str, object],
) -> None:
    said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    monkeypatch.setattr(pictures, "_start_of", lambda _file: said)
    with pytest.raises(FailedError):
        convert(BytesIO(b""), folder)
    assert left_in(folder) == []


@pytest.mark.server
def test_the_process_knows_no_secrets(
    replace: Replace, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    replace("import os; file.parents[2].joinpath('seen').write_text(str(os.environ))" + MADE)
    convert(BytesIO(b""), folder)
    assert "hunter2" not in (tmp_path / "seen").read_text()


@pytest.mark.server
@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("while True: pass", "ended with"),
        ("return bytearray(2 * limits.MEMORY_MAX_BYTES)", "^$"),
        ("folder.joinpath('400.webp').write_bytes(bytes(40 * 1024 * 1024))", "^$"),
        ("return [open(file) for _ in range(200)]", "^$"),
        ("import os; os.abort()", "ended with -6"),
        ("import os; os.kill(os.getpid(), 9)", "ended with -9"),
        ("raise RuntimeError('surprise')", "ended with 1"),
        ("return 'nothing'", "unexpected"),
        ("import os; print('nothing', flush=True); os._exit(0)", "unexpected"),
        ("folder.joinpath('400.webp').symlink_to('/etc/passwd')" + ANSWER, "missing"),
        ("folder.joinpath('400.webp').write_text('<svg>')" + ANSWER, "no picture"),
    ],
)
def test_whatever_happens_to_the_process_is_a_failure(
    replace: Replace, folder: Path, work: str, said: str
) -> None:
    replace(work, "limits.CONVERSION_SECONDS = 1")
    with pytest.raises(FailedError, match=said):
        convert(BytesIO(b""), folder)
    assert left_in(folder) == []


@pytest.mark.server
def test_the_process_keeps_no_core_and_starts_its_own_session(
    replace: Replace, folder: Path
) -> None:
    replace(
        "import os, resource\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
        "assert os.getsid(0) == os.getpid()\n" + MADE
    )
    assert convert(BytesIO(b""), folder).width == 4


@pytest.mark.server
def test_a_process_that_hangs_is_killed(
    replace: Replace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "RUN_SECONDS", 0.5)
    replace("import os, time; print(os.getpid(), file=sys.stderr); time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(FailedError, match="too long"):
        convert(BytesIO(b""), folder)
    assert time.monotonic() - began < 15
    assert left_in(folder) == []


@pytest.mark.server
def test_two_are_converted_at_once_and_the_others_wait(replace: Replace, folder: Path) -> None:
    replace(
        "import os, time\n"
        "running = file.parents[2] / 'running'\n"
        "running.mkdir(exist_ok=True)\n"
        "(running / str(os.getpid())).touch()\n"
        "assert len(list(running.iterdir())) <= 2\n"
        "time.sleep(0.2)\n"
        "(running / str(os.getpid())).unlink()\n" + MADE
    )
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda _: convert(BytesIO(b""), folder).width, range(5)))
    assert made == [4] * 5


def test_whoever_waits_too_long_is_told_that_it_is_busy(
    folder: Path, monkeypatch: pytest.MonkeyPatch, converting_in_here: None
) -> None:
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.1)
    folder.mkdir()
    locks = [(folder / f"{number}.lock").open("w") for number in range(pictures.PLACES)]
    for lock in locks:
        fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(BusyError):
        convert(BytesIO(b""), folder)
    for lock in locks:
        lock.close()
    with pytest.raises(PictureError) as refusal:
        convert(BytesIO(b""), folder)
    assert refusal.value.code == "unsupported_format"


@pytest.mark.server
def test_a_place_stays_taken_until_the_process_ends_and_is_then_cleared(
    replace: Replace, folder: Path, tmp_path: Path
) -> None:
    replace(
        "import os, time\n"
        "file.parents[2].joinpath('child').write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import io, pathlib, sys\n"
            "from app.backends import pictures\n"
            "pictures.PROGRAM = pathlib.Path(sys.argv[1])\n"
            "pictures.convert(io.BytesIO(b'picture'), pathlib.Path(sys.argv[2]))\n",
            str(pictures.PROGRAM),
            str(folder),
        ],
        cwd=config.ROOT,
    )
    child_file = tmp_path / "child"
    while not child_file.exists() or not child_file.read_text():
        assert parent.poll() is None
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert left_in(folder) == ["0"]
    with (folder / "0.lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(int(child_file.read_text()), signal.SIGKILL)
        fcntl.flock(lock, fcntl.LOCK_EX)
    replace(MADE)
    assert convert(BytesIO(b""), folder).width == 4
    assert left_in(folder) == []


def test_a_full_disk_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures, "_copy", no_room)
    with pytest.raises(FailedError):
        convert(BytesIO(b""), folder)
    assert left_in(folder) == []
