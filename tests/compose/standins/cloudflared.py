#!/app/bin/python
"""Edge: what PostFlow needs of cloudflared: `tunnel`, `tunnel run` and `tunnel ready`, and its metrics server.

It opens no tunnel. It ends with an error where the real one does: no address to lead to, a token that is none.
"""

import argparse
import base64
import binascii
import json
import os
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGTERM, signal


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cloudflared")
    parser.add_argument("--no-autoupdate", action="store_true")
    parser.add_argument("noun", choices=["tunnel"])
    parser.add_argument("--url", default=os.environ.get("TUNNEL_URL"))
    parser.add_argument("--metrics", default=os.environ.get("TUNNEL_METRICS"))
    parser.add_argument("--protocol", default=os.environ.get("TUNNEL_TRANSPORT_PROTOCOL", "auto"))
    parser.add_argument("--loglevel", default=os.environ.get("TUNNEL_LOGLEVEL", "info"))
    parser.add_argument("verb", nargs="?", choices=["run", "ready"])
    return parser.parse_args()


def ready(metrics: str) -> int:
    try:
        with urllib.request.urlopen(f"http://{metrics}/ready", timeout=3) as answer:
            return 0 if answer.status == 200 else 1
    except urllib.error.URLError:
        return 1


def token_fits(path: str) -> bool:
    try:
        return {"a", "t", "s"} <= set(json.loads(base64.b64decode(Path(path).read_text().strip())))
    except (OSError, binascii.Error, ValueError):
        return False


def serve(metrics: str, hostname: str) -> None:
    answers = {
        "/quicktunnel": {"hostname": hostname},
        "/ready": {"status": 200, "readyConnections": 1, "connectorId": "00000000-0000-0000-0000-000000000001"},
    }

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers.get(self.path, {})).encode()
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    host, _, port = metrics.rpartition(":")
    ThreadingHTTPServer((host, int(port)), Answers).serve_forever()


def main() -> int:
    said = parsed()
    if said.verb == "ready":
        return ready(said.metrics)
    if said.verb == "run" and not token_fits(os.environ.get("TUNNEL_TOKEN_FILE", "")):
        print("Provided Tunnel token is not valid.", file=sys.stderr)
        return 255
    if said.verb is None and not said.url:
        print("--url is missing", file=sys.stderr)
        return 1
    signal(SIGTERM, lambda *_: sys.exit(0))
    print(f"INF Initial protocol {said.protocol}", file=sys.stderr, flush=True)
    serve(said.metrics, "" if said.verb == "run" else "no-tunnel-here.trycloudflare.com")
    return 0


if __name__ == "__main__":
    sys.exit(main())
