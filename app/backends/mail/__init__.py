"""Mail: the way out that the settings choose."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from app.backends.mail.base import Mailer, MailError
from app.backends.mail.files import FileMailer
from app.backends.mail.smtp import SmtpMailer

__all__ = ["MailError", "Mailer", "get_mailer"]


def get_mailer() -> Mailer:
    """The mailer of the current app: SMTP with MAIL_SERVER, else files."""
    config = current_app.config
    if config["MAIL_SERVER"] is None:
        folder = Path(current_app.instance_path) / "outbox"
        return FileMailer(folder, shows_links=not config["IS_PRODUCTION"])
    return SmtpMailer(
        host=config["MAIL_SERVER"],
        port=config["MAIL_PORT"],
        timeout=config["MAIL_TIMEOUT_SECONDS"],
        use_tls=config["MAIL_USE_TLS"],
        use_ssl=config["MAIL_USE_SSL"],
        username=config["MAIL_USERNAME"],
        password=config["MAIL_PASSWORD"],
        greeting=urlsplit(config["BASE_URL"]).hostname or "localhost",
    )
