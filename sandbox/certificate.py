"""A certificate for services on 127.0.0.1: storage accepts the tokens of an identity over TLS only.

Called by `azurite` and tests. Programs trust it when SSL_CERT_FILE names it before they start.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

import aiohttp.connector
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sandbox")])
_VALID = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a self-signed certificate and of its key, in PEM."""

    file: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Write both files into an existing folder."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(_NAME)
            .issuer_name(_NAME)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + _VALID)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        files = cls(folder / "certificate.pem", folder / "key.pem")
        files.file.write_bytes(made.public_bytes(Encoding.PEM))
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files

    @property
    def environment(self) -> dict[str, str]:
        """The variable that makes programs trust this certificate; Python and .NET read it when they start."""
        return {"SSL_CERT_FILE": str(self.file)}

    def trust_here(self) -> None:
        """Let this process trust it too: aiohttp made its context when it was imported, and offers no other way."""
        context = aiohttp.connector._SSL_CONTEXT_VERIFIED  # noqa: SLF001 # see above
        if not isinstance(context, ssl.SSLContext):
            raise TypeError("aiohttp keeps its TLS context elsewhere now.")
        context.load_verify_locations(self.file)
