"""Reading an e-mail address: one validator for forms, API and commands."""

from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from app.lib.text import is_clean

EMAIL_MAX = 254


class EmailProblem(StrEnum):
    """Why an e-mail address is not one."""

    SYNTAX = "syntax"
    TOO_LONG = "too_long"


class EmailSyntaxError(ValueError):
    """The text is no e-mail address we can write to; `problem` says why."""

    def __init__(self, problem: EmailProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse_email(address: str) -> tuple[str, str]:
    """Return the address as we keep it and the folded key that uniqueness goes by.

    Spaces around it are dropped. Raises EmailSyntaxError.
    """
    address = address.strip(" ")
    if len(address) > EMAIL_MAX:
        raise EmailSyntaxError(EmailProblem.TOO_LONG)
    # A newline could add a header to a mail, whatever a later version of the library thinks of it.
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
