"""Pictures are drawn anew: what is kept shows what the picture showed, and carries nothing besides.

Where and when a photo was taken, with which telephone, an embedded preview of what was cropped away, bytes behind the
end: none of it comes through. Turned as its camera said, and no larger than anybody reads.
"""

from __future__ import annotations

import io
import threading
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 50_000_000  # what telephones take; more is a bomb
MAX_SIDE = 5000  # a sheet of A4 at 430 dots an inch
THUMBNAIL_SIDE = 320
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_KEPT_MODES = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "P": "RGBA", "PA": "RGBA"}
_AT_ONCE = threading.BoundedSemaphore(2)  # one picture may take 150 MB while it is open


class PictureFault(Exception):
    """The picture is not taken; ``code`` is that of its sentence in ``forms.messages``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew, in the kind that it came in, and a small one of it (WebP)."""

    data: bytes
    thumbnail: bytes


def redraw(stream: BinaryIO, media_type: str) -> Picture:
    """The picture without anything but its pixels. Raises ``PictureFault``: file_mismatch, file_large."""
    with _AT_ONCE:
        try:
            image = _read(stream, FORMATS[media_type])
            small = image.copy()
            small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            return Picture(_write(image, FORMATS[media_type]), _write(small, "WEBP"))
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
            raise PictureFault("file_mismatch") from error


def _read(stream: BinaryIO, kind: str) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is looked at here, before decoding
        try:
            image = Image.open(stream, formats=[kind])
        except Image.DecompressionBombError:
            raise PictureFault("file_large") from None
    if image.width * image.height > MAX_PIXELS:
        raise PictureFault("file_large")
    if kind == "JPEG":
        image.draft(None, (MAX_SIDE, MAX_SIDE))
    image.load()
    turned = ImageOps.exif_transpose(image)
    plain = turned.convert(_KEPT_MODES.get(turned.mode, "RGB"))
    plain.thumbnail((MAX_SIDE, MAX_SIDE))
    return _bare(plain)


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone: a copy would carry profile, comment and Exif on."""
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    return clean


def _write(image: Image.Image, kind: str) -> bytes:
    if kind == "JPEG" and image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    if kind == "WEBP" and image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if "A" in image.mode else "RGB")
    written = io.BytesIO()
    image.save(written, kind, quality=88)  # PNG, which loses nothing, ignores it
    return written.getvalue()
