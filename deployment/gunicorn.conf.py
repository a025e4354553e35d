"""How gunicorn serves Microblog. GUNICORN_CMD_ARGS in the environment overrides any line."""

import logging
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # gunicorn reads this file before it enters `chdir`

from config import load  # noqa: E402

chdir = str(ROOT)
settings = load(os.environ, ROOT / "instance")
bind = f"{settings['LISTEN_HOST']}:{settings['PORT']}"
worker_class = "gthread"
workers = 2
threads = 4
timeout = 30
graceful_timeout = 30
# Fresh processes now and then, not both at once.
max_requests = 10_000
max_requests_jitter = 1_000
# The heartbeat file belongs in memory: on a busy disk it would look like a hanging worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# Whose X-Forwarded headers count is PROXY_HOPS' decision alone.
forwarded_allow_ips = ""
# Of requests the application writes one line each; gunicorn tells of itself on standard error.
accesslog = None
errorlog = "-"
loglevel = "warning"


def post_worker_init(worker):
    """The application is loaded: tell that it runs, and let it know when it is to end."""
    app = worker.app.callable
    app.extensions["is_stopping"] = lambda: not worker.alive
    if "metrics" in app.extensions:
        app.extensions["metrics"].listen(app)
    _note("sys_startup", worker)


def worker_exit(_server, worker):
    _note("sys_shutdown", worker)


def worker_abort(worker):
    _note("sys_crash", worker)


def _note(name, worker):
    facts = {"event": name, "facts": {"process": "web", "pid": worker.pid}}
    logging.getLogger("app").info("%s web %d", name, worker.pid, extra=facts)
