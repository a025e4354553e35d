"""How gunicorn serves Microblog. GUNICORN_CMD_ARGS in the environment overrides any line."""

import gc
import logging
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # gunicorn reads this file before it enters `chdir`

from config import load  # noqa: E402
from deployment.balanced_worker import BalancedWorker  # noqa: E402

chdir = str(ROOT)
settings = load(os.environ, ROOT / "instance")
bind = f"{settings['LISTEN_HOST']}:{settings['PORT']}"
worker_class = "deployment.balanced_worker.BalancedWorker"
workers = 2
threads = 4
timeout = 30
graceful_timeout = 30
# Longer than proxies keep theirs (60 to 120 s), so that none sends a request into a connection that
# is just being closed. An idle connection holds no thread.
keepalive = 130
# Recycle processes now and then, but not both at the same time.
max_requests = 10_000
max_requests_jitter = 1_000
# On a busy disk, a late heartbeat would look like a hung worker, so the file is in memory.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# PROXY_HOPS alone decides whose X-Forwarded headers to trust.
forwarded_allow_ips = ""
# The application logs each request itself; gunicorn's own messages go to standard error.
accesslog = None
errorlog = "-"
loglevel = "warning"


def post_fork(_server, _worker):
    # What an application makes while it starts stays: to look for garbage in it takes a sixth of
    # the start, and later again and again the time of somebody who waits for a page.
    gc.disable()


def post_worker_init(worker):
    """Log the start of a process, and let its application know when it is stopping."""
    app = worker.app.callable
    app.extensions["is_stopping"] = lambda: not worker.alive
    if "metrics" in app.extensions:
        app.extensions["metrics"].listen(app)
    _log_event("sys_startup", worker)
    gc.freeze()
    gc.enable()


def child_exit(_server, worker):
    # GUNICORN_CMD_ARGS may ask for workers of another class.
    if isinstance(worker, BalancedWorker):
        worker.leave()


def worker_exit(_server, worker):
    _log_event("sys_shutdown", worker)


def worker_abort(worker):
    _log_event("sys_crash", worker)


def _log_event(name, worker):
    facts = {"event": name, "facts": {"process": "web", "pid": worker.pid}}
    logging.getLogger("app").info("%s web %d", name, worker.pid, extra=facts)
