"""Error pages, and what each failure of the product means to people."""

from app.errors.handlers import init_app

__all__ = ["init_app"]
