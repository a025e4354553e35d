"""For `rq worker --config deployment.rq_settings`: loads the app once, before jobs are forked."""

from microblog import app

REDIS_URL = app.config["REDIS_URL"]
