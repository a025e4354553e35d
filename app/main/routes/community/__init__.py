"""Pages for how people relate to each other; importing them registers their routes."""

from app.main.routes.community import follows

__all__ = ["follows"]
