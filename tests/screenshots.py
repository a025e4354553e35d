"""Take the pictures in the guides again, of a site full of made-up people: `make screenshots`."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.live import ROOT, serve

FOLDER = ROOT / "docs" / "images"
# The same people at every run, by name; only the dates differ.
DEMO = ("--users", "80", "--posts", "600", "--seed", "7")
OWNER, MODERATOR = "ana", "lucia"
# Each picture by its name: whose browser, where, and on which link to click there.
PICTURES = {
    "queue": (MODERATOR, "/moderation", ""),
    "case": (MODERATOR, "/moderation", ".case a"),
    "appeal": (MODERATOR, "/moderation/appeals", "main .item--link"),
    "overview": (OWNER, "/admin", ""),
    "people": (OWNER, "/admin/people", ""),
    "site": (OWNER, "/admin/site", ""),
    "roles": (OWNER, "/admin/roles", ""),
    "audit": (OWNER, "/admin/audit", ""),
}
SIZE = {"width": 1100, "height": 820}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put the pictures")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(PICTURES)}")
    options = parser.parse_args()
    names = options.names or list(PICTURES)
    options.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (url, password),
        sync_playwright() as playwright,
    ):
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name in names:
            target = options.folder / f"{name}.png"
            take(browser, name, url, password).screenshot(path=target)
            print(target)
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


def take(browser: Browser, name: str, url: str, password: str) -> Page:
    """The page of a picture, in the browser of whoever is on it."""
    username, path, link = PICTURES[name]
    page = browser.new_page(viewport=SIZE, locale="en-US", color_scheme="light")
    page.goto(f"{url}/auth/login")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/index")
    page.goto(url + path)
    if link:
        page.locator(link).first.click()
        page.wait_for_load_state()
    return page


if __name__ == "__main__":
    main()
