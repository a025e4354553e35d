"""Converts one picture: `python -I __main__.py FILE FOLDER post|avatar|banner [X Y]`.

Run as a file, and with nothing of the application but this package: loading all of it would take
longer than converting, and needs settings, which this process must not know.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

package = ModuleType("app")
package.__path__ = [str(Path(__file__).resolve().parents[2])]
sys.modules["app"] = package

from app.lib.pictures.program import main  # noqa: E402

main(sys.argv[1:])
