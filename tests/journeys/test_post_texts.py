"""Short posts in a real browser: what is counted while typing, copied and printed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.conftest import pictures_folder

pytestmark = pytest.mark.browser
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
URL = "https://example.com/" + "a" * 64
BODY = f"""**Bread** and *rye* at `8:00`: see [the map](https://example.com/map)
- rye
- wheat
> Who bakes?
1984. A #book * by _Ben_

```
make bread
```
{URL}"""
COPIED = """(() => {
  getSelection().selectAllChildren(document.querySelector(".prose"));
  return getSelection().toString();
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_short_post_fits_a_phone_and_its_address_is_copied_whole(
    new_member: Any, scheme: str
) -> None:
    options = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    person = new_member(f"lena_{scheme}", **options)
    person.visit("/index")
    person.fill(post=FAMILY * 3)
    assert person.page.locator(".counter").inner_text() == "277"
    if folder := pictures_folder():
        person.page.screenshot(path=folder / f"short-post-composer-{scheme}.png")
    person.fill(post=BODY)
    person.press("Post")
    person.visit(f"/user/lena_{scheme}")
    page = person.page
    if folder := pictures_folder():
        page.screenshot(path=folder / f"short-post-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert URL in page.evaluate(COPIED)
    link = page.locator(".prose a.url")
    assert link.bounding_box()["height"] < 40
    page.emulate_media(media="print")
    assert link.bounding_box()["height"] > 40
    assert "https://" in link.inner_text()
