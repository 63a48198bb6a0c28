"""A real HTTP server on this machine that speaks `/api/chat` and fails as it is told."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "tiny-chat"
ANSWER = '{"statements": [{"message": 1, "content": "Ida plays the c\u00e9llo\u2028"}]}'


class FakeChat:
    """Serves one model until closed; `script` holds how the next chats are answered.

    A word of the script is one of `_BODIES`, `drop` (no answer at all), `break` (the connection
    ends in the answer), `late` (nothing for a second), `drip` (a piece every 50 ms, for ever), or
    an HTTP status; an empty script means `ok`. A model in `pullable` is there once pulled.
    """

    def __init__(self) -> None:
        self.script: list[str | int] = []
        self.requests: list[dict] = []
        self.pulls: list[str] = []
        self.pullable: set[str] = set()
        self.models = {MODEL}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def piece(content: str = "", **more) -> bytes:
    body = {"model": MODEL, "message": {"role": "assistant", "content": content}, "done": False}
    return json.dumps(body | more, ensure_ascii=False).encode() + b"\n"


def done(reason: str = "stop") -> bytes:
    return piece(done=True, done_reason=reason)


def streamed(text: str, reason: str = "stop") -> bytes:
    return b"".join([*(piece(text[i : i + 7]) for i in range(0, len(text), 7)), done(reason)])


_BODIES = {
    "ok": streamed(ANSWER),
    "prose": streamed("There is nothing to note."),
    "types": streamed('{"statements": [{"message": "one", "content": 5}, 7]}'),
    "cut": streamed(ANSWER[:-2], "length"),
    "empty": done(),
    "spent": piece(message={"content": "", "thinking": "Hm"}) + done("length"),
    "nothing": b"",
    "unfinished": piece("half of an"),
    "garbage": b"<html>502</html>\n",
    "list": b"[1]\n",
    "odd": b'\n{"message": 7}\n{"message": {"content": null}}\n' + streamed(ANSWER),
    "error": piece("half") + b'{"error": "out of memory"}\n',
}


def _handler(fake: FakeChat) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/pull":
                return self._pull(request["model"])
            assert self.path == "/api/chat"
            fake.requests.append(request)
            mode = fake.script.pop(0) if fake.script else "ok"
            if mode == "drop":
                self.close_connection = True
                return None
            if isinstance(mode, int):
                return self._all(json.dumps({"error": f"status {mode}"}).encode(), mode)
            if request["model"] not in fake.models:
                return self._all(b'{"error": "model not found"}', 404)
            if mode == "late":
                time.sleep(1)
            if mode in ("break", "drip", "stall"):
                return self._piecewise(mode)
            return self._all(_BODIES["ok" if mode == "late" else mode])

        def _pull(self, model: str) -> None:
            fake.pulls.append(model)
            if model not in fake.pullable:
                return self._all(b'{"status": "pulling manifest"}\n{"error": "no such file"}\n')
            fake.models.add(model)
            steps = [{"status": "pulling manifest"}] + [
                {"status": "pulling 1f", "total": 200_000_000, "completed": mb * 1_000_000}
                for mb in range(201)
            ]
            lines = [json.dumps(step) for step in [*steps, {"status": "success"}]]
            return self._all("\n".join([*lines[:1], "odd", "[1]", *lines[1:]]).encode())

        def _all(self, body: bytes, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _piecewise(self, mode: str) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                self._chunk(piece("half"))
                for _ in range(100 if mode == "drip" else 0):
                    time.sleep(0.05)
                    self._chunk(piece("."))
                if mode == "stall":
                    time.sleep(1.5)
            except OSError:  # the client has gone
                pass
            self.close_connection = True

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def log_message(self, *_args) -> None:
            """Keep the test's output clean."""

    return Handler
