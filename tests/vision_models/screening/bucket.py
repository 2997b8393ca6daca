"""An object store with one bucket, as S3 speaks: what pyarrow asks of it to list and to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

NAME = "films"


@contextmanager
def bucket(objects: dict[str, bytes]) -> Iterator[str]:
    """The address of a bucket that holds ``objects`` by key, as pyarrow takes it; changes are seen."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            asked, _, key = unquote(parts.path).lstrip("/").partition("/")
            if asked != NAME:
                self._send(404, b"<Error><Code>NoSuchBucket</Code></Error>")
            elif not key:
                self._send(200, _listing(objects, parse_qs(parts.query)))
            elif key in objects:
                self._send_part(objects[key])
            else:
                self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")

        def _send_part(self, content: bytes) -> None:
            begins, _, ends = self.headers.get("Range", "bytes=-").removeprefix("bytes=").partition("-")
            part = content[int(begins or 0) : int(ends) + 1 if ends else None]
            span = f"bytes {begins or 0}-{int(begins or 0) + len(part) - 1}/{len(content)}"
            self._send(206 if begins else 200, part, {"Content-Range": span} if begins else {})

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), "ETag": '"1"', **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        port = server.server_address[1]
        yield f"s3://id:key@{NAME}?scheme=http&endpoint_override=127.0.0.1:{port}&region=eu"
    finally:
        server.shutdown()
        server.server_close()


def _listing(objects: dict[str, bytes], query: dict[str, list[str]]) -> bytes:
    prefix = query.get("prefix", [""])[0]
    found = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>1</ETag>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
        for key, content in sorted(objects.items())
        if key.startswith(prefix)
    )
    return (
        f"<ListBucketResult><Name>{NAME}</Name><Prefix>{escape(prefix)}</Prefix>"
        f"<IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
    ).encode()
