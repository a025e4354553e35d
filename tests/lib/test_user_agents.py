"""Names of devices."""

import pytest

from app.lib.user_agents import device_name

MOZILLA = "Mozilla/5.0"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox · Linux",
        ),
        (f"{MOZILLA} (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        (f"{MOZILLA} (Linux; Android 14) Chrome/140.0 Mobile Safari/537.36", "Chrome · Android"),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1", "Safari · iPhone"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15) Safari/605.1", "Safari · macOS"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_called_by_its_browser_and_system(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
