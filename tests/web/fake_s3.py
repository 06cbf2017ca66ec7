"""A small S3: one bucket in memory, and it takes no request whose signature (AWS4-HMAC-SHA256) is not right."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

REGION, KEY_ID, SECRET, BUCKET = "cn-test-1", "ID0001", "not-a-real-secret", "shenhou"


class FakeS3(ThreadingHTTPServer):
    """``objects`` is what the bucket holds; ``failing`` makes every answer 503."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.failing = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running() -> Iterator[FakeS3]:
    server = FakeS3()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FakeS3
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self._body()
        if self._is_refused(body):
            return
        self.server.objects[self._key()] = body
        self._answer(200, b"", {"ETag": f'"{hashlib.md5(body).hexdigest()}"'})

    def do_GET(self) -> None:
        if self._is_refused(b""):
            return
        if self._key() == "":
            self._answer(200, self._listing(), {"Content-Type": "application/xml"})
            return
        found = self.server.objects.get(self._key())
        if found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", {})
            return
        headers = {"ETag": f'"{hashlib.md5(found).hexdigest()}"', "Last-Modified": formatdate(0, usegmt=True)}
        self._answer(200, found, headers)

    def do_DELETE(self) -> None:
        if self._is_refused(b""):
            return
        self.server.objects.pop(self._key(), None)
        self._answer(204, b"", {})

    def do_POST(self) -> None:
        """Deletion of several at once."""
        body = self._body()
        if self._is_refused(body):
            return
        keys = re.findall(r"<Key>([^<]*)</Key>", body.decode())
        for key in keys:
            self.server.objects.pop(key, None)
        done = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{done}</DeleteResult>".encode(), {"Content-Type": "application/xml"})

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _key(self) -> str:
        path = urlsplit(self.path).path
        assert path.startswith(f"/{BUCKET}")
        return path.removeprefix(f"/{BUCKET}").lstrip("/")

    def _is_refused(self, body: bytes) -> bool:
        self.server.requests.append(f"{self.command} {self.path}")
        if self.server.failing:
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>", {})
        elif not _is_signed(self.command, self.path, dict(self.headers.items()), body):
            self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", {})
        else:
            return False
        return True

    def _listing(self) -> bytes:
        prefix = dict(parse_qsl(urlsplit(self.path).query)).get("prefix", "")
        rows = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-11-20T08:00:00.000Z</LastModified><Size>{len(data)}</Size>"
            f"<ETag>&quot;{hashlib.md5(data).hexdigest()}&quot;</ETag></Contents>"
            for key, data in sorted(self.server.objects.items())
            if key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _is_signed(method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    low = {name.lower(): value.strip() for name, value in headers.items()}
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,\s*SignedHeaders=([^,]+),\s*"
        r"Signature=([0-9a-f]{64})",
        low.get("authorization", ""),
    )
    if found is None:
        return False
    key_id, day, region, names, signature = found.groups()
    said = low["x-amz-content-sha256"]
    if said != "UNSIGNED-PAYLOAD" and said != hashlib.sha256(body).hexdigest():
        return False
    url = urlsplit(path)
    query = "&".join(
        f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}"
        for k, v in sorted(parse_qsl(url.query, keep_blank_values=True))
    )
    signed = "".join(f"{name}:{low[name]}\n" for name in names.split(";"))
    canonical = f"{method}\n{quote(url.path)}\n{query}\n{signed}\n{names}\n{said}"
    scope = f"{day}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{low['x-amz-date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + SECRET).encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    right = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return key_id == KEY_ID and region == REGION and hmac.compare_digest(right, signature)
