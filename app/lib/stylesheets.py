"""The one style sheet that pages load, bundled from a file per component."""

from __future__ import annotations

from pathlib import Path

from app.lib.color_schemes import expand_light_dark

# Folders below `static`; rules of a later layer win, however specific those of an earlier one.
LAYERS = {
    "vendor": "vendor/bootstrap-5.3.8",
    "base": "css/base",
    "components": "css/components",
    "pages": "css/pages",
}
CHARSET = '@charset "UTF-8";'


def join_stylesheets(static: Path) -> bytes:
    """Return all style sheets below the folder `static`, each in the layer of its folder."""
    parts = [CHARSET, f"@layer {', '.join(LAYERS)};"]
    for layer, folder in LAYERS.items():
        for path in sorted((static / folder).glob("*.css")):
            # Browsers honor @charset only at the beginning.
            text = path.read_text("utf-8").removeprefix(CHARSET).strip()
            parts.append(f"@layer {layer} {{\n{expand_light_dark(text)}\n}}")
    return ("\n".join(parts) + "\n").encode()
