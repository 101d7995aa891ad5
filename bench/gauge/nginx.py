"""An nginx of the bench's own: its files are in .local/bench, and the system's are not read."""

import os
import shutil
from pathlib import Path

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
_CONFIG = """
daemon off;
{user}worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{site}
}}
"""


def is_there() -> bool:
    return shutil.which("nginx", path=_PATH) is not None


def folder(name: str) -> Path:
    found = Path(".local/bench", name).resolve()
    found.mkdir(parents=True, exist_ok=True)
    return found


def write(folder: Path, site: str) -> Path:
    """Write what nginx reads, and return where."""
    written = folder / "nginx.conf"
    # Who is root would otherwise have workers that may not open what lies in its folders.
    user = "user root root;\n" if os.geteuid() == 0 else ""
    written.write_text(_CONFIG.format(folder=folder, user=user, site=site))
    return written


def command(folder: Path, written: Path) -> list[str]:
    nginx = shutil.which("nginx", path=_PATH) or "nginx"
    return [nginx, "-p", str(folder), "-c", str(written), "-e", "stderr"]


def cache(folder: Path, port: int, behind: int) -> str:
    """Return a site that keeps what the server behind it says may be kept."""
    return f"""
  proxy_cache_path {folder}/cache levels=1:2 keys_zone=kept:10m max_size=200m use_temp_path=off;
  upstream behind {{ server 127.0.0.1:{behind}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_cache kept;
      proxy_cache_lock on;
      proxy_cache_use_stale updating;
      proxy_cache_background_update on;
      add_header X-Cache $upstream_cache_status;
    }}
  }}
"""
