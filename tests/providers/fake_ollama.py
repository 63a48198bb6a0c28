"""A real HTTP server on this machine that speaks `/api/embed` and fails as it is told."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harmonia_plugins.testing import HashEmbedder

MODEL = "tiny-embed"


class FakeOllama:
    """Serves one model until closed; `script` holds how the next requests are answered.

    A word of the script is `ok`, `slow`, `garbage`, `list`, `empty`, `count`, `dimension`, `nan`,
    `zero`, `drop` or an HTTP status; an empty script means `ok`.
    """

    def __init__(self) -> None:
        self.script: list[str | int] = []
        self.requests: list[dict] = []
        self._vectors = HashEmbedder(dimension=16)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def texts(self) -> list[str]:
        return [text for request in self.requests for text in request["input"]]

    def _handler(fake) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/api/embed"
                fake.requests.append(request)
                mode = fake.script.pop(0) if fake.script else "ok"
                if mode == "drop":
                    self.close_connection = True
                    return
                status, body = fake._answer(mode, request)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args) -> None:
                """Keep the test's output clean."""

        return Handler

    def _answer(self, mode: str | int, request: dict) -> tuple[int, bytes]:
        if isinstance(mode, int):
            return mode, json.dumps({"error": f"status {mode}"}).encode()
        if request["model"] != MODEL:
            missing = f"model {request['model']!r} not found, try pulling it first"
            return 404, json.dumps({"error": missing}).encode()
        if mode == "slow":
            time.sleep(0.5)
        if mode in ("garbage", "list", "empty"):
            return 200, {"garbage": b"<html>", "list": b"[1]", "empty": b"{}"}[mode]
        rows = [(3 * row).tolist() for row in self._vectors.embed(request["input"])]
        if mode == "count":
            rows = rows[:-1]
        if mode == "dimension":
            rows = [row[:-1] for row in rows]
        if mode in ("nan", "zero"):
            rows[0] = [float("nan") if mode == "nan" else 0.0] * 16
        return 200, json.dumps({"model": MODEL, "embeddings": rows}).encode()
