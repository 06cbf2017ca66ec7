"""The QR code of a paper, as SVG: the address of its verification page and nothing else."""

from __future__ import annotations

import io

import segno


def qr_svg(address: str, *, dark: str = "#1f2a30") -> str:
    """The code of ``address``, a quarter of which may be covered or torn."""
    written = io.BytesIO()
    code = segno.make_qr(address, error="q", boost_error=False)
    code.save(written, kind="svg", border=0, dark=dark, light=None, xmldecl=False, svgns=True, omitsize=False, scale=4)
    return written.getvalue().decode()
