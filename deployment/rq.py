"""Settings for `rq worker --config deployment.rq`: its jobs inherit the app, loaded once here."""

from microblog import app

REDIS_URL = app.config["REDIS_URL"]
