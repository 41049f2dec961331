"""A partner's webhook receiver, as a partner would write it, with the reference library.

    python -m entrypoints.demo.receiver PORT

POST /webhooks  verifies and keeps; 400 for what is not genuine
PUT  /secret    the endpoint's signing secret
GET  /received  all there was, oldest first
GET  /wait?type=…&subject=…&seconds=…  the first such event, as soon as it is there, else 404
GET  /thanks    where the customer lands after paying
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

LARGEST = 1_000_000


class Inbox:
    """What came, in order. Kept by the id in its webhook-id header; a repeat counts."""

    def __init__(self) -> None:
        self.secret = ""
        self.received: list[dict[str, Any]] = []
        self.rejected = 0
        self._changed = threading.Condition()

    def take(self, headers: dict[str, str], raw: bytes) -> int:
        """The status to answer with."""
        if not self.secret:
            return 503
        try:
            body = Webhook(self.secret).verify(raw, headers)
        except WebhookVerificationError:
            self.rejected += 1
            return 400
        with self._changed:
            before = [r for r in self.received if r["webhook_id"] == headers["webhook-id"]]
            if before:
                before[0]["times"] += 1
            else:
                text = raw.decode("utf-8")
                kept = {"webhook_id": headers["webhook-id"], "times": 1, "body": body, "raw": text}
                self.received.append(kept)
            self._changed.notify_all()
        return 204

    def wait(self, type: str, subject: str, seconds: float) -> dict[str, Any] | None:
        def found() -> dict[str, Any] | None:
            bodies = (r for r in self.received if r["body"]["type"] == type)
            return next((r for r in bodies if subject in ("", r["body"]["subject"])), None)

        with self._changed:
            return self._changed.wait_for(found, timeout=seconds)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the head and the body of an answer are two writes
    inbox = Inbox()

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(self.inbox.take(headers, self._body()))

    def do_PUT(self) -> None:
        self.inbox.secret = self._body().decode("utf-8")
        self._answer(204)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = dict(parse_qsl(url.query))
        if url.path == "/wait":
            seconds = float(asked.get("seconds", "10"))
            kept = self.inbox.wait(asked["type"], asked.get("subject", ""), seconds)
            return self._answer(200 if kept else 404, kept)
        if url.path == "/received":
            every = {"received": self.inbox.received, "rejected": self.inbox.rejected}
            return self._answer(200, every)
        return self._answer(200, {"thanks": "We have your payment and will be in touch."})

    def _body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("content-length", "0")), LARGEST))

    def _answer(self, status: int, thing: object = None) -> None:
        body = b"" if thing is None else json.dumps(thing).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        sys.stderr.write(f"{format % args}\n")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # of the five it is by default the sixth at once waits for a second


def main(port: int) -> None:
    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
