"""For `rq worker --config deployment.rq_settings`, whose jobs inherit the app, loaded once."""

from microblog import app

REDIS_URL = app.config["REDIS_URL"]
