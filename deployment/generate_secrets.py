"""Generate the secrets of a site in containers: once, into volumes, never overwriting any."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from secrets import token_hex

from deployment.shell import StartError, run_or_fail, say

CERTIFICATE_DAYS = "3650"


def write_once(path: Path, text: str) -> None:
    """Write `text` unless the file exists; nobody ever sees half a file."""
    if path.exists():
        return
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    # The volume is the boundary: only containers that need the file mount it.
    draft.chmod(0o444)
    draft.rename(path)
    say(f"Created {path}.")


def create_certificate(folder: Path, host: str) -> None:
    """A self-signed certificate to begin with, which browsers warn about."""
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    if certificate.exists():
        return
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subject = ("-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
    options = (*kind, "-days", CERTIFICATE_DAYS, *subject)
    draft = folder / "fullchain.draft"
    files = ("-keyout", key, "-out", draft)
    run_or_fail("creating a certificate", "openssl", "req", *options, *files)
    key.chmod(0o444)
    draft.chmod(0o444)
    draft.rename(certificate)
    say(f"Created {certificate}, which is self-signed; replace it before going live.")


def main() -> int:
    root = Path(sys.argv[1])
    try:
        write_once(root / "site" / "secret_key", token_hex(32))
        write_once(root / "database" / "password", token_hex(24))
        password = (root / "database" / "password").read_text()
        url = f"postgresql://microblog:{password}@database/microblog"
        write_once(root / "site" / "database_url", url)
        create_certificate(root / "certificate", os.environ.get("SITE_HOST") or "localhost")
    except (OSError, StartError) as error:
        print(f"Cannot create the secrets: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
