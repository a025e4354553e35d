"""Transfer, backup and restore of whole databases. A leaf: only its commands use it."""

from __future__ import annotations

from flask import Flask

from app.maintenance.commands import backup_command, data_group, restore_command


def init_app(app: Flask) -> None:
    for command in (backup_command, data_group, restore_command):
        app.cli.add_command(command)
