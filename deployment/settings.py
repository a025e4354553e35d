"""Print the settings that the start needs as JSON, or in one line what is wrong with them."""

from __future__ import annotations

import json
import os
import sys

from config import SettingError, load
from deployment.steps import INSTANCE


def main() -> None:
    try:
        settings = load(os.environ, INSTANCE)
    except SettingError as error:
        sys.exit(str(error))
    print(json.dumps({name: settings[name] for name in ("PORT", "BASE_URL", "MAIL_SERVER")}))


if __name__ == "__main__":
    main()
