"""Draw the icons of the installed app from the mark: python deployment/make_icons.py

Needs the packages of `make develop` and Chromium. The files are committed; run it again when
`favicon.svg` or the colors change.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent.parent / "app" / "static" / "img"
SIZES = {"apple-touch-icon": 180, "icon-192": 192, "icon-512": 512}
PAPER = "#faf9f5"
# Devices cut icons into circles and squares: the mark stays within what all of them show.
SHARE = 0.58


def main() -> None:
    mark = (IMAGES / "favicon.svg").read_text()
    style = f"margin: 0; display: grid; height: 100vh; place-items: center; background: {PAPER}"
    mark = mark.replace("<svg ", f'<svg width="{SHARE:.0%}" ', 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(color_scheme="light")
        for name, size in SIZES.items():
            page.set_viewport_size({"width": size, "height": size})
            page.set_content(f'<body style="{style}">{mark}</body>')
            page.screenshot(path=IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
