"""The blueprint of authentication."""

from flask import Blueprint

bp = Blueprint("auth", __name__, url_prefix="/auth")
