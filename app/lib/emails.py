"""Email address parsing: one validator for forms, API and commands."""

from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from app.lib.text import is_clean

EMAIL_MAX = 254
# Input methods for Chinese and Japanese type letters, digits and @ in full width.
FULL_WIDTH = {0xFF01 + number: 0x21 + number for number in range(94)}


class EmailProblem(StrEnum):
    """Why an email address is invalid."""

    SYNTAX = "syntax"
    TOO_LONG = "too_long"


class EmailSyntaxError(ValueError):
    """The text is not a valid email address; `problem` says why."""

    def __init__(self, problem: EmailProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse_email(address: str) -> tuple[str, str]:
    """Return the normalized address, and the case-folded key used for uniqueness.

    Surrounding spaces are stripped, and full-width characters become those that mail servers know.
    Raises EmailSyntaxError.
    """
    address = address.strip(" ").translate(FULL_WIDTH)
    if len(address) > EMAIL_MAX:
        raise EmailSyntaxError(EmailProblem.TOO_LONG)
    # Header injection: do not rely on the library to reject line breaks.
    if not address.isprintable() or not is_clean(address):
        raise EmailSyntaxError(EmailProblem.SYNTAX)
    try:
        parsed = validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise EmailSyntaxError(EmailProblem.SYNTAX) from error
    key = f"{parsed.local_part}@{parsed.ascii_domain}".casefold()
    if len(key) > EMAIL_MAX:
        raise EmailSyntaxError(EmailProblem.TOO_LONG)
    return parsed.normalized, key
