"""What can go wrong in the product's own terms. `web/failures.py` says it to people and clients."""


class ProductError(Exception):
    """Something a person asked for that cannot be done."""


class NotAllowedError(ProductError):
    """This person may not do this."""


class NotVerifiedError(NotAllowedError):
    """They may once their email address is confirmed."""


class SelfFollowError(NotAllowedError):
    """Nobody follows themselves."""


class MessageRefusedError(NotAllowedError):
    """The other person does not take messages from this one, or has left."""


class GoneError(ProductError):
    """Somebody else, or an earlier click, has already used it up."""


class UsernameTakenError(ProductError):
    """The name belongs to somebody, or is reserved after they gave it up."""


class EmailTakenError(ProductError):
    """The address belongs to another account."""


class TooSoonError(ProductError):
    """The address was changed a short while ago, and the old one may still take it back."""


class LastAdminError(ProductError):
    """Somebody has to stay who runs the site."""


class TooManyTokensError(ProductError):
    """This person has as many tokens as anybody may have."""


class ExportRunningError(ProductError):
    """One archive at a time: another one is being made."""


class KeyReusedError(ProductError):
    """The same idempotency key came with another request."""


class CredentialsError(ProductError):
    """The name or the password is wrong; it is never said which."""


class WrongPasswordError(CredentialsError):
    """This is not the password of the person who is signed in."""


class TransferError(ProductError):
    """The data cannot be moved, saved or restored; the text tells the operator why."""
