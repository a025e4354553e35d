"""Start Microblog from its source: `python3 deployment/bootstrap.py [serve|prepare|develop]`.

This file parses on any Python 3, so that an old one can say what is missing. The work is done by
deployment/install.py, which only a new enough Python can read.
"""

import os
import subprocess
import sys

MINIMUM = (3, 11)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.14")
VERSION_CHECK = "import sys; sys.exit(sys.version_info < (3, 11))"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def is_new_enough(command: str) -> bool:
    # A name on PATH may be a stub that only prints an error, so it is run, not just found.
    silent = subprocess.DEVNULL
    try:
        code = subprocess.call([command, "-c", VERSION_CHECK], stdout=silent, stderr=silent)
    except OSError:
        return False
    return code == 0


def find_python() -> str:
    """The interpreter to continue with; empty if there is none."""
    if sys.version_info >= MINIMUM:
        return sys.executable
    return next((command for command in CANDIDATES if is_new_enough(command)), "")


def main() -> None:
    if os.name != "posix":
        sys.exit(
            "Microblog cannot start: it needs Linux, macOS or the Windows Subsystem for Linux."
        )
    python = find_python()
    if not python:
        found = "{}.{}".format(*sys.version_info[:2])
        sys.exit(
            "Microblog cannot start: it needs Python 3.11 or newer, but this is Python "
            + found
            + "."
        )
    os.chdir(ROOT)
    os.execvp(python, [python, "-m", "deployment.install"] + sys.argv[1:])


if __name__ == "__main__":
    main()
