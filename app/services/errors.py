"""Domain errors. `web/failures.py` maps them to messages and status codes."""


class ProductError(Exception):
    """A request of a user that cannot be carried out."""


class NotAllowedError(ProductError):
    """The user may not do this."""


class NotVerifiedError(NotAllowedError):
    """The user may do this only once their email address is confirmed."""


class SelfFollowError(NotAllowedError):
    """Users cannot follow themselves."""


class SelfBlockError(NotAllowedError):
    """Users can neither block nor mute themselves."""


class MessageRefusedError(NotAllowedError):
    """The recipient does not accept messages from this sender, or has closed their account."""


class RepliesClosedError(NotAllowedError):
    """The first post of its thread does not let this person reply to the post with `post_id`."""

    def __init__(self, post_id: int) -> None:
        super().__init__()
        self.post_id = post_id


class NotRepostableError(NotAllowedError):
    """The post with `post_id` is for followers, so it cannot be reposted."""

    def __init__(self, post_id: int) -> None:
        super().__init__()
        self.post_id = post_id


class NotFollowingError(ProductError):
    """The user does not follow the person with `username`."""

    def __init__(self, username: str) -> None:
        super().__init__()
        self.username = username


class TooManyTagsError(ProductError):
    """This person follows as many tags as anybody may."""


class WiderVisibilityError(ProductError):
    """More people would read a post than could so far."""


class TooManyPinsError(ProductError):
    """This person has pinned as many posts as a profile shows."""


class TooManyDraftsError(ProductError):
    """This person has as many drafts as anybody may have."""


class ScheduleError(ProductError):
    """A post cannot be scheduled."""


class TooManyScheduledError(ScheduleError):
    """This person has as many scheduled posts as anybody may have."""


class ScheduleRangeError(ScheduleError):
    """The time is too soon, or too far away."""


class TooManyFiltersError(ProductError):
    """This person has as many filters as anybody may have."""


class RepeatedPostError(ProductError):
    """The author published the same words a moment ago, as the post with `post_id`."""

    def __init__(self, post_id: int) -> None:
        super().__init__()
        self.post_id = post_id


class RepeatedMessageError(ProductError):
    """The last message of the conversation is the same, from the same sender a moment ago."""


class GoneError(ProductError):
    """Deleted, used or done already, perhaps by an earlier click."""


class SuspendedError(NotAllowedError):
    """Moderators have suspended the account for now."""


class NothingToHideError(ProductError):
    """Posts are to be hidden, and there is none."""


class UsernameTakenError(ProductError):
    """The name is in use, or reserved for its previous user."""


class EmailTakenError(ProductError):
    """The address belongs to another account."""


class EmailKnownError(EmailTakenError):
    """The same, where whoever registers or changes their address is told."""


class RegistrationClosedError(ProductError):
    """Nobody can join now, not even by invitation."""


class InvitationError(ProductError):
    """Nobody can join by this invitation, or not anymore."""


class InvitationNeededError(InvitationError):
    """People join by invitation only, and there is none."""


class ReasonNeededError(ProductError):
    """Somebody has to let people in, and there is no reason to do so."""


class NotAcceptedError(NotAllowedError):
    """The user may do this only once somebody has let them in."""


class BlockedAddressError(ProductError):
    """The block list has this address, or its domain."""


class BlockedNetworkError(ProductError):
    """The block list has the network that the newcomer comes from."""


class BlockedUsernameError(ProductError):
    """A pattern of the block list fits this username."""


class AlreadyBlockedError(ProductError):
    """The block list has exactly this."""


class WrongAnswerError(ProductError):
    """This is no answer to the question that is asked of those who join."""


class TooManyInvitationsError(ProductError):
    """The user has reached the limit for invitations."""


class TooSoonError(ProductError):
    """The address was changed recently, and that change can still be reverted."""


class TooManyMailsError(ProductError):
    """A mail that must not be missing is one too many of its kind for that address today."""


class UnknownSettingError(ProductError):
    """No setting that may be changed on the site has this name."""


class FixedSettingError(ProductError):
    """The environment sets it, and decides first."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class SettingValueError(ProductError):
    """The setting `name` cannot have this value, but `allowed`."""

    def __init__(self, name: str, allowed: str) -> None:
        super().__init__(f"{name}: use {allowed}")


class RoleNameError(ProductError):
    """No role can be called like this."""


class RoleNameTakenError(RoleNameError):
    """Another role has this name, or had it before."""


class BuiltinRoleError(ProductError):
    """Every site has this role, and needs it as it is."""


class RoleChangedError(ProductError):
    """Somebody else has changed the role with `role_id` since the actor opened its form."""

    def __init__(self, role_id: int) -> None:
        super().__init__()
        self.role_id = role_id


class UnknownRuleError(ProductError):
    """No rule of the site has this id."""


class RuleTitleError(ProductError):
    """A rule needs a title, in each language in which it has a text."""


class TooManyRulesError(ProductError):
    """The site has as many rules as anybody may be asked to read."""


class TextTooLongError(ProductError):
    """A text of the site has more than `most` characters."""

    def __init__(self, most: int) -> None:
        super().__init__(f"use at most {most} characters")


class LastAdminError(ProductError):
    """The site must keep at least one administrator."""


class AdministratorExistsError(ProductError):
    """Only a site without an administrator can be set up."""


class RepeatedTokenError(ProductError):
    """The user has a token with this name."""


class TooManyTokensError(ProductError):
    """The user has reached the limit for tokens."""


class ExportRunningError(ProductError):
    """Another archive of the user is being built: one at a time."""


class KeyReusedError(ProductError):
    """The idempotency key was used for a different request."""


class CredentialsError(ProductError):
    """The name or the password is wrong; which one is never revealed."""


class WrongPasswordError(CredentialsError):
    """This is not the password of the signed-in user."""


class WrongCodeError(ProductError):
    """This is no code of the second factor, or it was used before."""


class CodeRequiredError(CredentialsError):
    """The password is right, but the account also asks for a code."""


class PasskeyRefusedError(ProductError):
    """What a passkey said is wrong, too late, or was said before; which one is never revealed."""


class TooManyPasskeysError(ProductError):
    """The user has reached the limit for passkeys."""


class SecondFactorNeededError(NotAllowedError):
    """The role lets the user do this, but only with a second factor."""


class LastFactorError(ProductError):
    """The role of the user needs a second factor, and there is no other."""


class TwoFactorStateError(ProductError):
    """Two-factor sign-in is on, or off, already."""


class RepeatedCodesError(ProductError):
    """These recovery codes were replaced already, perhaps by an earlier click."""


class NoTestMailError(ProductError):
    """This person gets no test email: too many of them today, or an unconfirmed address."""


class AnnouncementError(ProductError):
    """An announcement without a text, with one that is too long, or with an end too early."""


class TransferError(ProductError):
    """Data cannot be transferred, backed up or restored; the text says why, for the operator."""
