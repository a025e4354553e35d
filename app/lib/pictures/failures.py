"""Why a picture was not converted. The process that converts prints the `code`."""

from __future__ import annotations

from typing import ClassVar


class PictureError(Exception):
    """The picture was not converted. The text, if any, is for the log."""

    code: ClassVar[str]


class UnreadableError(PictureError):
    """The file is damaged or incomplete."""

    code = "unreadable"


class UnsupportedFormatError(PictureError):
    """The file is no picture, or one of a format that is not accepted."""

    code = "unsupported_format"


class TooLargeError(PictureError):
    """The file has too many bytes."""

    code = "too_large"


class TooManyPixelsError(PictureError):
    """The picture, or one side of it, has too many pixels."""

    code = "too_many_pixels"


class TooManyFramesError(PictureError):
    """The animation has too many frames, or too many pixels in all of them."""

    code = "too_many_frames"


class BusyError(PictureError):
    """Other pictures are being converted, and it did not get its turn in time."""

    code = "busy"


class FailedError(PictureError):
    """Converting took too long or too much memory, or ended in an unexpected way."""

    code = "failed"


BY_CODE = {kind.code: kind for kind in PictureError.__subclasses__()}
