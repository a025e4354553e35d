"""Media: where the files of pictures are kept."""

from flask import Flask, current_app

from app.backends.media.base import Media, MediaUnavailableError, StoredFile, key_for, new_name
from app.backends.media.folder import FolderMedia

__all__ = [
    "Media",
    "MediaUnavailableError",
    "StoredFile",
    "get_media",
    "init_app",
    "key_for",
    "new_name",
]


def init_app(app: Flask) -> None:
    """Create the client of the S3 store, if configured; it connects at the first request."""
    config = app.config
    if config["MEDIA_S3_URL"] is None:
        app.extensions["media"] = FolderMedia(config["MEDIA_FOLDER"])
        return
    # Few sites need a client for HTTP.
    from app.backends.media.s3 import S3Media  # noqa: PLC0415

    app.extensions["media"] = S3Media(
        config["MEDIA_S3_URL"],
        config["MEDIA_S3_KEY_ID"],
        config["MEDIA_S3_SECRET"],
        config["MEDIA_S3_REGION"],
    )


def get_media() -> Media:
    """The store of the current app: an S3 bucket, or a folder."""
    media: Media = current_app.extensions["media"]
    return media
