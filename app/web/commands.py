"""Classes of `flask` commands: what a service refuses ends them with one line and exit code 1."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from app.services.errors import ProductError
from app.web.failures import message_of


class _OneLineFailures(click.Command):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ProductError as error:
            raise click.ClickException(message_of(error)) from None


class ProductCommand(_OneLineFailures):
    """A command on its own."""


class ProductGroup(_OneLineFailures, AppGroup):
    """A group; its commands run in the application's context."""
