"""Take the pictures in the guides again, of a site full of made-up people: `make screenshots`."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import shared
from tests.support.live import ROOT, serve

FOLDER = ROOT / "docs" / "images"
# The same people at every run, by name; only the dates differ.
DEMO = ("--users", "80", "--posts", "600", "--seed", "7")
OWNER = "ana"
# Each picture by its name: of which page, and on which link to click there.
PICTURES = {
    "queue": ("/moderation", ""),
    "case": ("/moderation", "a.case >> nth=-1"),
    "appeal": ("/moderation/appeals", "a.case"),
    "overview": ("/admin", ""),
    "people": ("/admin/people", ""),
    "site": ("/admin/site", ""),
    "roles": ("/admin/roles", ""),
    "audit": ("/admin/audit", ""),
}
# What the guide explains from top to bottom.
WHOLE = {"case"}
SIZE = {"width": 1100, "height": 820}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put the pictures")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(PICTURES)}")
    options = parser.parse_args()
    names = options.names or list(PICTURES)
    options.folder.mkdir(parents=True, exist_ok=True)
    # As a run of the tests does, whose servers it uses.
    shared.begin()
    try:
        take_all(options.folder, names)
    finally:
        shared.end()


def take_all(target: Path, names: Sequence[str]) -> None:
    """The pictures, into the folder `target`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (url, password),
        sync_playwright() as playwright,
    ):
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = owner_at(browser, url, password)
        for name in names:
            path = target / f"{name}.png"
            page.goto(url + PICTURES[name][0])
            if link := PICTURES[name][1]:
                page.locator(link).click()
                page.wait_for_load_state()
            page.screenshot(path=path, full_page=name in WHOLE)
            print(path)
        browser.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """A site with its people; its URL and everybody's password."""
    database = f"sqlite:///{folder}/app.db"
    with serve(database, folder, SITE_NAME="Riverside") as server:
        command = [sys.executable, "-m", "flask", "--app", "microblog", "demo", *DEMO]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | server.environ, capture_output=True, check=True
        )
        (password,) = re.findall(r"password: (\S+)", done.stdout.decode())
        yield f"http://localhost:{server.port}", password


def owner_at(browser: Browser, url: str, password: str) -> Page:
    """The browser of the site's owner, signed in."""
    page = browser.new_page(viewport=SIZE, locale="en-US", color_scheme="light")
    page.goto(f"{url}/auth/login")
    page.get_by_label("Username").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/index")
    return page


if __name__ == "__main__":
    main()
