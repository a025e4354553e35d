"""What can go wrong in the product's own terms; `errors/` says it to people."""


class ProductError(Exception):
    """Something a person asked for that cannot be done."""


class NotAllowedError(ProductError):
    """This person may not do this."""


class GoneError(ProductError):
    """Somebody else, or an earlier click, has already used it up."""


class UsernameTakenError(ProductError):
    """The name belongs to somebody, or rests after they gave it up."""


class EmailTakenError(ProductError):
    """The address belongs to another account."""


class TooSoonError(ProductError):
    """This was done a short while ago, and must rest before it is done again."""


class LastAdminError(ProductError):
    """Somebody has to stay who looks after the site."""


class MessageRefusedError(ProductError):
    """The other person does not take messages from this one, or has left."""


class TooManyTokensError(ProductError):
    """This person has as many tokens as anybody may have."""


class ExportRunningError(ProductError):
    """One archive at a time: another one is being made."""


class KeyReusedError(ProductError):
    """The same idempotency key came with another request."""


class CredentialsError(ProductError):
    """The name or the password is wrong; it is never said which."""


class TransferError(ProductError):
    """The data cannot be moved, kept or brought back; the text tells the owner why."""
