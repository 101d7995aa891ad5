"""MapServer behind nginx, on the flat table: WFS that answers with GeoJSON, and vector tiles."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from bench.gauge import nginx
from bench.peers.address import parts

WORKERS = 2
_MAPFILE = """
MAP
  NAME "peer"
  EXTENT -20037508 -20037508 20037508 20037508
  SIZE 256 256
  UNITS METERS
  PROJECTION "init=epsg:3857" END
  OUTPUTFORMAT
    NAME "geojson"
    DRIVER "OGR/GEOJSON"
    MIMETYPE "application/geo+json"
    FORMATOPTION "STORAGE=stream"
    FORMATOPTION "FORM=simple"
  END
  OUTPUTFORMAT
    NAME "mvt"
    DRIVER "MVT"
    MIMETYPE "application/vnd.mapbox-vector-tile"
    FORMATOPTION "EXTENT=4096"
    FORMATOPTION "EDGE_BUFFER=4"
  END
  WEB
    METADATA
      "ows_title" "peer"
      "ows_onlineresource" "http://127.0.0.1/"
      "ows_srs" "EPSG:4326 EPSG:3857"
      "wfs_enable_request" "GetFeature"
      "wfs_getfeature_formatlist" "geojson"
    END
  END
{layers}
END
"""
_LAYER = """
  LAYER
    NAME "{name}"
    TYPE POINT
    STATUS ON
    CONNECTIONTYPE POSTGIS
    CONNECTION "{connection}"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    DATA "geom FROM {source} USING UNIQUE id USING SRID=4326"
    PROJECTION "init=epsg:4326" END
    EXTENT -9 49 2 61
    METADATA
      "ows_title" "{name}"
      "gml_featureid" "id"
      "gml_include_items" "{items}"
      "gml_id_type" "Integer"
      "gml_min_age_type" "Integer"
      "gml_max_age_type" "Integer"
      "gml_cost_pence_type" "Integer"
      "wfs_compute_number_matched" "false"
      "wfs_getfeature_formatlist" "geojson"
      "wfs_use_default_extent_for_getfeature" "false"
    END
    CLASS STYLE SIZE 1 COLOR 0 0 0 END END
  END
"""
_ALL = "id,title,kind,category,min_age,max_age,cost_pence,place_name,provider_name,next_start"


def mapfile(address: str) -> str:
    """Return the map that MapServer reads: one layer for boxes, and one for tiles."""
    known = parts(address)
    connection = (
        f"host={known['host']} user={known['user']} dbname={known['database']}"
        f" application_name={known['application_name']}"
    )
    chosen = "id,title,category"
    few = f"(SELECT {chosen}, geom FROM peer.open_opportunity) AS few"
    layers = (("box", "peer.open_opportunity", _ALL), ("tile", few, chosen))
    return _MAPFILE.format(
        layers="".join(
            _LAYER.format(name=name, source=source, items=items, connection=connection)
            for name, source, items in layers
        )
    )


def main() -> int:
    """Run both until told to stop."""
    folder = nginx.folder("mapserver")
    drawn, config, socket = folder / "peer.map", folder / "mapserver.conf", folder / "fcgi.socket"
    drawn.write_text(mapfile(os.environ["BENCH_URL"]))
    config.write_text('CONFIG\n  ENV\n    MS_MAP_PATTERN "."\n  END\nEND\n')
    socket.unlink(missing_ok=True)
    written = nginx.write(folder, _site(socket, drawn, config))
    environment = {**os.environ, "MAPSERVER_CONFIG_FILE": str(config), "MS_MAPFILE": str(drawn)}
    workers = ["spawn-fcgi", "-n", "-s", str(socket), "--", "/usr/bin/multiwatch"]
    workers += ["-f", str(WORKERS), "--", "/usr/bin/mapserv"]
    running = [
        subprocess.Popen(workers, env=environment, start_new_session=True),
        subprocess.Popen(nginx.command(folder, written)),
    ]

    def stop(*_: object) -> None:
        running[1].terminate()
        # A worker that waits for a request does not heed a gentler signal.
        os.killpg(running[0].pid, signal.SIGKILL)

    signal.signal(signal.SIGTERM, stop)
    for each in running:
        each.wait()
    return 0


def _site(socket: Path, drawn: Path, config: Path) -> str:
    return f"""
  upstream mapserver {{ server unix:{socket}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{os.environ["PORT"]};
    location / {{
      fastcgi_pass mapserver;
      fastcgi_buffers 32 32k;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param SCRIPT_NAME /;
      fastcgi_param SERVER_NAME 127.0.0.1;
      fastcgi_param SERVER_PORT $server_port;
      fastcgi_param MAPSERVER_CONFIG_FILE {config};
      fastcgi_param MS_MAPFILE {drawn};
    }}
  }}
"""


if __name__ == "__main__":
    sys.exit(main())
