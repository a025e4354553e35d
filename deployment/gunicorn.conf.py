"""How gunicorn serves Microblog. GUNICORN_CMD_ARGS in the environment overrides any line."""

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
loglevel = "warning"
