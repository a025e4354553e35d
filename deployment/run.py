"""Start Microblog with a Python that is new enough. This file itself parses on any Python 3."""

import os
import subprocess
import sys

SILENT = subprocess.DEVNULL
OLDEST = (3, 11)
OTHERS = ("python3.13", "python3.12", "python3.11", "python3.14")
PROBE = "import sys; sys.exit(sys.version_info < (3, 11))"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def works(command: str) -> bool:
    # A name on PATH may be a stub that only prints an error, so it is run, not just found.
    try:
        code = subprocess.call([command, "-c", PROBE], stdout=SILENT, stderr=SILENT)
    except OSError:
        return False
    return code == 0


def new_enough_python() -> str:
    """The interpreter to go on with; empty when there is none."""
    if sys.version_info >= OLDEST:
        return sys.executable
    return next((command for command in OTHERS if works(command)), "")


def main() -> None:
    if os.name != "posix":
        sys.exit("Microblog cannot start: it needs Linux, macOS or the Linux subsystem of Windows.")
    python = new_enough_python()
    if not python:
        has = "{}.{}".format(*sys.version_info[:2])
        sys.exit(
            "Microblog cannot start: it needs Python 3.11 or newer, and this is Python " + has + "."
        )
    os.chdir(ROOT)
    os.execvp(python, [python, "-m", "deployment.start"] + sys.argv[1:])


if __name__ == "__main__":
    main()
