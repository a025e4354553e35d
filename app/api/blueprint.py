"""The blueprint of the API, and the registry of its operations."""

from flask import Blueprint

from app.api.operations import Operations

bp = Blueprint("api", __name__, url_prefix="/api")
operation = Operations(bp)
