"""Files as people hand them in: photos with everything that a telephone writes into them, scans, and bombs."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

PLACE = "28.1941N 112.9823E"


def photo(width: int = 60, height: int = 40, *, orientation: int = 1) -> bytes:
    """A JPEG, left half red, with Exif (camera, place, orientation), a comment and bytes behind its end."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((200, 0, 0), (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8298] = "Telephone", orientation, PLACE
    exif.get_ifd(0x8825)[2] = (28.0, 11.0, 38.0)
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif, comment=PLACE.encode(), icc_profile=b"profile " + PLACE.encode())
    return written.getvalue()


def scan(kind: str = "PNG") -> bytes:
    """A PNG or WebP with text and Exif in it."""
    image = Image.new("RGBA", (50, 30), (0, 90, 0, 255))
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", PLACE)
    exif = Image.Exif()
    exif[0x010F] = PLACE
    written = io.BytesIO()
    image.save(written, kind, exif=exif, **({"pnginfo": notes} if kind == "PNG" else {}))
    return written.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that says it is ``side`` pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf(extra: bytes = b"", packed: bytes = b"") -> bytes:
    """A PDF of one empty page; ``extra`` stands in its catalogue, ``packed`` in a compressed object stream."""
    objects = b""
    if packed:
        data = zlib.compress(packed)
        objects = b"4 0 obj\n<</Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d>>\nstream\n" % len(data)
        objects += data + b"\nendstream\nendobj\n"
    return (
        b"%PDF-1.7\n1 0 obj\n<</Type /Catalog /Pages 2 0 R " + extra + b">>\nendobj\n"
        b"2 0 obj\n<</Type /Pages /Kids [3 0 R] /Count 1>>\nendobj\n"
        b"3 0 obj\n<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>\nendobj\n" + objects +
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R /Size 4>>\nstartxref\n9\n%%EOF\n"
    )  # fmt: skip
