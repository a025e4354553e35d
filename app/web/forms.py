"""The base form, and shared validators for usernames, emails and passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, cast

from babel.support import NullTranslations, Translations
from flask import current_app, g, request
from flask_babel import format_number, get_domain, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from markupsafe import Markup
from wtforms import Field, HiddenField, PasswordField, SubmitField
from wtforms import Form as PlainForm
from wtforms.csrf.core import CSRF
from wtforms.form import BaseForm
from wtforms.i18n import messages_path
from wtforms.validators import DataRequired, StopValidation, ValidationError

from app.database.transactions import SAFE_METHODS
from app.extensions import db
from app.lib.emails import EmailSyntaxError, parse_email
from app.lib.password_rules import PASSWORD_MAX, PasswordProblem, password_problem
from app.lib.text import is_too_dense, length, normalize, one_line
from app.lib.usernames import USERNAME_MAX, USERNAME_MIN, UsernameProblem, username_problem
from app.services.accounts import passwords
from app.services.errors import ProductError
from app.web.csrf import FIELD, csrf_token
from app.web.failures import failure_of, message_of
from app.web.locale import page_language
from app.web.rate_limits import own_password
from app.web.resume import is_resumed
from app.web.viewer import member, viewer

Validator = Callable[[PlainForm, Field], None]
FieldTexts = Translations | NullTranslations

# Attributes that let browsers fill in a field and show the right keyboard.
CURRENT_PASSWORD = {"autocomplete": "current-password"}
NEW_PASSWORD = {"autocomplete": "new-password"}
USERNAME = {"autocomplete": "username", "autocapitalize": "none"}
ONE_TIME_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 20}
RECOVERY_CODE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
EMAIL = {"type": "email", "autocomplete": "email"}


class _SessionToken(CSRF):  # type: ignore[misc]
    def generate_csrf_token(self, csrf_token_field: object) -> str:
        return csrf_token()

    def validate_csrf_token(self, form: BaseForm, field: object) -> None:
        """Nothing to do: `csrf.check_form` checks the token before any view runs."""


# Flask-WTF would read them from the disk for each page.
@lru_cache
def _field_texts(language: str) -> FieldTexts:
    """The texts that WTForms itself brings, in `language`."""
    return Translations.load(messages_path(), [language], domain="wtforms")


class Form(FlaskForm):  # type: ignore[misc]
    """Base of all forms: carries the CSRF token; a page with errors has status 422."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = True
        csrf_class = _SessionToken
        csrf_field_name = FIELD

        def get_translations(self, _form: BaseForm) -> FieldTexts:
            return _field_texts(page_language())

        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            # The original also takes files and JSON, whose values no field expects.
            if formdata is not _Auto:
                return formdata
            return request.form if request.method not in SAFE_METHODS and request.form else None

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Markup:
            # Two forms on a page have the same buttons and hidden fields: those need no id.
            if isinstance(field, SubmitField | HiddenField):
                render_kw.setdefault("id", False)
            # One field of a page has the focus: the first that asks for it.
            if render_kw.get("autofocus"):
                render_kw["autofocus"] = not g.get("has_focus")
                g.has_focus = True
            return cast("Markup", super().render_field(field, render_kw))

    def hidden_tag(self, *fields: Any) -> Markup:
        """The hidden fields, and before them whose form it is.

        Going back, browsers fill in what was typed into a form with the same first fields. Thus
        they never fill in what another person typed, even without scripts.
        """
        person = viewer()
        typed_by = Markup('<input type="hidden" name="typed-by-{}" value="">')
        owner = typed_by.format(person.id) if person else Markup()
        return owner + cast("Markup", super().hidden_tag(*fields))

    def is_submitted(self) -> bool:
        return bool(super().is_submitted()) and not is_resumed()

    @property
    def status(self) -> int:
        """The status of the page that shows this form."""
        return 422 if self.errors else 200

    def refuse(self, field: Field | None, message: str) -> None:
        """Add an error to `field`, or to the whole form, that only a service could detect."""
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    def errors_under(self, field: Field, kind: type[ProductError] = ProductError) -> ErrorsUnder:
        """Turn a ProductError in the `with` block into an error of `field`, and continue after it.

        Others than of this `kind` pass.

        The transaction is rolled back.
        """
        return ErrorsUnder(self, lambda _error: field, kind)

    def errors_in_place(self) -> ErrorsUnder:
        """The same, under the field that the failure is about, or else above the form."""
        return ErrorsUnder(self, self._field_of)

    def _field_of(self, error: ProductError) -> Field | None:
        field = self._fields.get(failure_of(error).field)
        return None if isinstance(field, HiddenField) else field


class ErrorsUnder:
    """What `Form.errors_under` returns."""

    def __init__(
        self,
        form: Form,
        field_of: Callable[[ProductError], Field | None],
        kind: type[ProductError] = ProductError,
    ) -> None:
        self.form = form
        self.kind = kind
        self.field_of = field_of

    def __enter__(self) -> None: ...

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> bool:
        if not isinstance(error, self.kind):
            return False
        db.session.rollback()
        self.form.refuse(self.field_of(error), message_of(error))
        return True


def required() -> DataRequired:
    return DataRequired(_l("Please fill this in."))


class OwnPasswordForm(Form):
    """A form that asks for the password of the signed-in user."""

    password = PasswordField(_l("Your password"), [required()], render_kw=CURRENT_PASSWORD)

    def is_own_password(self) -> bool:
        """Whether the password is right; adds an error to the field if not."""
        own_password.hit()
        with self.errors_under(self.password):
            passwords.check_own(member(), self.password.data)
            own_password.refund()
        return not self.password.errors


def normalize_text(value: str | None) -> str | None:
    """Filter for multi-line text, so that validators measure what will be stored."""
    return normalize(value) if value else value


def normalize_line(value: str | None) -> str | None:
    """Filter for single-line text."""
    return one_line(value) if value else value


def strip(value: str | None) -> str | None:
    return value.strip() if value else value


def length_problem(text: str, limit: int) -> str | None:
    """Why `text` is too long for `limit` characters as people see them, or None."""
    excess = length(text) - limit
    if excess > 0:
        # Flask-Babel's own ngettext would write the number without separators.
        catalog = get_domain().get_translations()
        sentence = catalog.ngettext(
            "This is %(num)s character too long.", "This is %(num)s characters too long.", excess
        )
        return str(sentence % {"num": format_number(excess)})
    if is_too_dense(text, limit):
        return str(_("Too many accents or marks are stacked on these letters. Remove some."))
    return None


def max_length(maximum: int | None = None, setting: str = "") -> Validator:
    """At most `maximum` characters, or as many as `setting` says, as `lib.text.length` counts."""

    def check(form: PlainForm, field: Field) -> None:
        limit = maximum or int(current_app.config[setting])
        if problem := length_problem(field.data or "", limit):
            raise ValidationError(problem)

    return check


def valid_username(form: PlainForm, field: Field) -> None:
    if problem := username_problem(field.data or ""):
        raise StopValidation(username_advice(problem))


def username_advice(problem: UsernameProblem) -> str:
    """How to fix an invalid username."""
    match problem:
        case UsernameProblem.TOO_SHORT | UsernameProblem.TOO_LONG:
            message = _(
                "Use %(least)s to %(most)s characters.",
                least=USERNAME_MIN,
                most=USERNAME_MAX,
            )
        case UsernameProblem.RESERVED:
            message = _("This username is reserved. Try another.")
        case _:
            message = _(
                "Use letters a to z, digits, and _. A dot or hyphen is allowed in the middle."
            )
    return str(message)


def valid_email(form: PlainForm, field: Field) -> None:
    """Set `field.parsed` to the parsed address and its key."""
    try:
        field.parsed = parse_email(field.data or "")
    except EmailSyntaxError:
        raise StopValidation(_("This doesn't look like an email address.")) from None


def strong_password(personal: Callable[[Any], Iterable[str]]) -> Validator:
    """A password that is long enough and hard to guess; `personal` lists words to reject in it."""

    def check(form: PlainForm, field: Field) -> None:
        minimum = int(current_app.config["PASSWORD_MIN_LENGTH"])
        hints = [current_app.config["SITE_NAME"], *personal(form)]
        problem = password_problem(field.data or "", minimum=minimum, personal=hints)
        if problem:
            raise StopValidation(password_advice(problem, minimum))

    return check


def same_as(name: str) -> Validator:
    def check(form: PlainForm, field: Field) -> None:
        if field.data != form[name].data:
            raise ValidationError(_("The passwords don't match."))

    return check


def password_advice(problem: PasswordProblem, minimum: int) -> str:
    """How to fix a weak password."""
    match problem:
        case PasswordProblem.TOO_SHORT:
            return str(
                ngettext(
                    "Use at least %(num)s character.", "Use at least %(num)s characters.", minimum
                )
            )
        case PasswordProblem.TOO_LONG:
            most = format_number(PASSWORD_MAX)
            return str(_("This is too long. Use up to %(count)s characters.", count=most))
        case PasswordProblem.COMMON:
            return str(_("Many people use this password, so it's easy to guess. Try another."))
        case PasswordProblem.PERSONAL:
            hint = _(
                "This contains your name, your address, or the name of this site. Try another."
            )
            return str(hint)
        case PasswordProblem.REPEATED:
            return str(_("This repeats itself. Try something less predictable."))
        case PasswordProblem.SEQUENCE:
            return str(_("This is a simple sequence. Try something less predictable."))
