"""What the database keeps of a secret, and who can read it."""

from __future__ import annotations

import pytest

from app.lib.encryption import UnreadableError, decrypt, encrypt, key_mark

NEW, OLD = "a new key of thirty-two bytes or more", "an old key of thirty-two bytes or more"


def test_what_is_encrypted_is_read_with_its_key_also_after_a_rotation():
    encrypted = encrypt(OLD, "two-factor", "7", "JBSWY3DPEHPK3PXP")
    assert "JBSW" not in encrypted
    assert decrypt([OLD], "two-factor", "7", encrypted) == "JBSWY3DPEHPK3PXP"
    assert decrypt([NEW, OLD], "two-factor", "7", encrypted) == "JBSWY3DPEHPK3PXP"
    assert encrypted.startswith(key_mark(OLD, "two-factor"))
    assert not encrypted.startswith(key_mark(NEW, "two-factor"))


def test_the_same_text_never_looks_the_same():
    assert encrypt(NEW, "two-factor", "7", "a") != encrypt(NEW, "two-factor", "7", "a")


@pytest.mark.parametrize(
    ("secrets", "purpose", "context"),
    [([NEW], "two-factor", "7"), ([OLD], "other", "7"), ([OLD], "two-factor", "8"), ([], "", "")],
)
def test_with_another_key_purpose_or_owner_it_is_unreadable(secrets, purpose, context):
    encrypted = encrypt(OLD, "two-factor", "7", "JBSWY3DPEHPK3PXP")
    with pytest.raises(UnreadableError):
        decrypt(secrets, purpose, context, encrypted)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-6], lambda text: text.replace(text[20:24], "AAAA"), lambda _: ""]
)
def test_what_was_changed_is_unreadable(change):
    encrypted = encrypt(OLD, "two-factor", "7", "JBSWY3DPEHPK3PXP")
    with pytest.raises(UnreadableError):
        decrypt([OLD], "two-factor", "7", change(encrypted))
