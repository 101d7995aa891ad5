"""How gunicorn serves the site: `gunicorn 'wsgi:create_app()'` reads this by itself."""

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Templates and settings are read once, before the workers are forked.
preload_app = os.environ.get("TIRNOD_PRELOAD", "yes") == "yes"
graceful_timeout = 5
# It would open a socket in the home folder of whoever runs the site.
control_socket_disable = True
loglevel = "warning"
