"""A model on loopback that speaks OpenAI's chat completions and responses.

It calls the first tool that it is offered once, with `Paris` for every text, and then says a
sentence; smolagents' `final_answer` is what it says there. Tokens follow from how many messages
there are.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "It is sunny in Paris, 21 degrees."


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self._read())
        respond = responses if self.path.endswith("/responses") else chat
        answer = respond(request)
        streamed = request.get("stream") and respond is chat
        body = (as_stream(answer) if streamed else json.dumps(answer)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _read(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, *_: Any) -> None:
        """Silence."""


def chat(request: dict[str, Any]) -> dict[str, Any]:
    messages = request["messages"]
    called = sum(message["role"] in ("tool", "tool-response") for message in messages)
    functions = [tool["function"] for tool in request.get("tools") or []]
    call = choose(functions, called or _observations(messages))
    message: dict[str, Any] = {"role": "assistant", "content": None if call else ANSWER}
    if call:
        function = {"name": call[0], "arguments": call[1]}
        message["tool_calls"] = [{"id": f"call_{called}", "type": "function", "function": function}]
    tokens = (40 + 7 * len(messages), 9 if call else 13)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1760000000,
        "model": f"{request['model']}-2024-07-18",
        "choices": [
            {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
        ],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }


def as_stream(answer: dict[str, Any]) -> str:
    """A chat completion as the events of one that is streamed: all of it, its end, its tokens."""
    (choice,) = answer["choices"]
    delta = {name: value for name, value in choice["message"].items() if value is not None}
    for index, call in enumerate(delta.get("tool_calls", ())):
        call["index"] = index
    parts = [
        [{"index": 0, "delta": delta, "finish_reason": None}],
        [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}],
        [],
    ]
    chunk = answer | {"object": "chat.completion.chunk", "usage": None}
    chunks = [chunk | {"choices": part} for part in parts]
    chunks[-1]["usage"] = answer["usage"]
    events = [*map(json.dumps, chunks), "[DONE]"]
    return "".join(f"data: {event}\n\n" for event in events)


def responses(request: dict[str, Any]) -> dict[str, Any]:
    given = request["input"]
    given = [{"role": "user", "content": given}] if isinstance(given, str) else given
    called = sum(item.get("type") == "function_call_output" for item in given)
    call = choose([tool for tool in request.get("tools") or [] if "name" in tool], called)
    item: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant"}
    item["content"] = [{"type": "output_text", "text": ANSWER, "annotations": []}]
    if call:
        item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": call[0]}
        item["arguments"] = call[1]
    tokens = (60 + 7 * len(given), 11 if call else 17)
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1760000000,
        "status": "completed",
        "model": f"{request['model']}-2024-07-18",
        "output": [item | {"status": "completed"}],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
            "total_tokens": sum(tokens),
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def choose(functions: list[dict[str, Any]], called: int) -> tuple[str, str] | None:
    """The tool to call next with its arguments, or None when it is time to answer."""
    names = [function["name"] for function in functions]
    if called and "final_answer" in names:
        return "final_answer", json.dumps({"answer": ANSWER})
    if called or not functions:
        return None
    properties = (functions[0].get("parameters") or {}).get("properties", {})
    return names[0], json.dumps(dict.fromkeys(properties, "Paris"))


def _observations(messages: list[dict[str, Any]]) -> int:
    """smolagents gives a tool's result as a user's message."""
    return sum("Observation:" in json.dumps(m.get("content")) for m in messages[1:])


@contextmanager
def running_model() -> Iterator[str]:
    """The base URL of a model that answers until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
