"""The electronic signature of a paper: PAdES-B-B, over every byte of it.

With the key and certificate of the settings; outside production a key of our own is drawn once, whose certificate
nobody vouches for. A paper signed with that one says so.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_certs_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from engine.errors import ConfigError

FIELD = "Signature"
_KEY, _CERTIFICATE = "key.pem", "certificate.pem"
_YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class PaperSigner:
    """Signs papers. ``vouched`` says whether the installation was given its certificate by somebody."""

    signer: signers.SimpleSigner = field(repr=False)
    vouched: bool

    def sign(self, pdf: bytes, *, reason: str) -> bytes:
        """``pdf`` with a signature behind it; its pages stay as they are."""
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", reason=reason, subfilter=fields.SigSeedSubFilter.PADES
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        written = io.BytesIO()
        signers.PdfSigner(metadata, self.signer).sign_pdf(writer, output=written)
        return written.getvalue()


def load_signer(key_file: Path, certificate_file: Path, password: str = "") -> PaperSigner:
    """The signer of two PEM files. ``ConfigError`` where they cannot be used, or do not belong together."""
    secret = password.encode() if password else None
    try:
        key = load_private_key_from_pemder(str(key_file), passphrase=secret)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError("SHENHOU_SIGNING_KEY", f"{key_file} cannot be used: {type(error).__name__}") from None
    try:
        chain = list(load_certs_from_pemder([str(certificate_file)]))  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            "SHENHOU_SIGNING_CERT", f"{certificate_file} cannot be used: {type(error).__name__}"
        ) from None
    public = serialization.load_der_private_key(key.dump(), None).public_key()
    if not chain or chain[0].public_key.dump() != public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise ConfigError("SHENHOU_SIGNING_CERT", "does not belong to SHENHOU_SIGNING_KEY: the key's own comes first")
    return PaperSigner(_make(key, chain), vouched=True)


def keep_own_signer(folder: Path) -> PaperSigner:
    """The signer whose key and certificate are kept in ``folder``, drawn on first use."""
    if not (folder / _CERTIFICATE).exists():
        _draw(folder)
    loaded = load_signer(folder / _KEY, folder / _CERTIFICATE)
    return PaperSigner(loaded.signer, vouched=False)


def _make(key: object, chain: list[object]) -> signers.SimpleSigner:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(chain[1:])
    return signers.SimpleSigner(signing_cert=chain[0], signing_key=key, cert_registry=store)


def _draw(folder: Path) -> None:
    """Key and certificate come as one folder: of two first starts at once, one pair stays."""
    draft = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700, parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "身后 自签名（仅供演示）")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(draft / _KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(draft / _CERTIFICATE, certificate.public_bytes(Encoding.PEM))
    try:
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft)


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
