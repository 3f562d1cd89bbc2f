"""A throw-away certificate for www.linkedin.com, trusted by nobody but a browser told its fingerprint."""

import base64
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HOST = "www.linkedin.com"


@dataclass(frozen=True)
class Certificate:
    """What a listener serves and what `--ignore-certificate-errors-spki-list` takes."""

    context: ssl.SSLContext
    spki: str


def issue(folder: Path | None = None) -> Certificate:
    """Return the certificate kept in a folder, or a new one; a new one is kept there when a folder is named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = folder / "twin.pem" if folder else None
    if chain is not None and chain.exists():
        pem = chain.read_bytes()
        context.load_cert_chain(chain)
        return Certificate(context, fingerprint(pem))
    leaf = trustme.CA().issue_cert(HOST, "127.0.0.1", "localhost")
    leaf.configure_cert(context)
    if chain is not None:
        chain.parent.mkdir(parents=True, exist_ok=True)
        chain.touch(mode=0o600)
        chain.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
    return Certificate(context, fingerprint(leaf.cert_chain_pems[0].bytes()))


def fingerprint(pem: bytes) -> str:
    """Return base64 of the SHA-256 of the first certificate's public key."""
    certificate = x509.load_pem_x509_certificates(pem)[0]
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()
