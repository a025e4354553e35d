"""Make what a site of containers keeps secret: once, into volumes, never again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from secrets import token_hex

from deployment.steps import StartError, do, say

DAYS = "3650"


def keep(path: Path, text: str) -> None:
    """Write `text` unless the file is there already; half a file is never seen."""
    if path.exists():
        return
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    # The volume is the wall: only the containers that need the file have it.
    draft.chmod(0o444)
    draft.rename(path)
    say(f"Made {path}.")


def make_certificate(folder: Path, host: str) -> None:
    """A certificate for the first hours, which browsers warn of; put a real one in its place."""
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    if certificate.exists():
        return
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    whom = ("-days", DAYS, "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
    draft = folder / "fullchain.draft"
    do("making a certificate", "openssl", "req", *kind, *whom, "-keyout", key, "-out", draft)
    key.chmod(0o444)
    draft.chmod(0o444)
    draft.rename(certificate)
    say(f"Made {certificate}, which only this site vouches for.")


def main() -> int:
    root = Path(sys.argv[1])
    try:
        keep(root / "site" / "secret_key", token_hex(32))
        keep(root / "database" / "password", token_hex(24))
        password = (root / "database" / "password").read_text()
        url = f"postgresql://microblog:{password}@database/microblog"
        keep(root / "site" / "database_url", url)
        make_certificate(root / "certificate", os.environ.get("SITE_HOST") or "localhost")
    except (OSError, StartError) as error:
        print(f"The secrets cannot be made: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
