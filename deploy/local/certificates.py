"""The certificates of a local run: an authority that vouches for its broker alone, made once, its private key forgotten at once."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS: Final = dt.timedelta(days=3_650)
_EARLIER: Final = dt.timedelta(days=1)
"""Clocks differ."""


@dataclass(frozen=True)
class Made:
    """PEM texts. `holder`: the private key (PKCS #8) and the certificate of who is vouched for."""

    authority: str
    holder: str


def make(name: str, address: str = "127.0.0.1", now: dt.datetime | None = None, host: str = "localhost") -> Made:
    """For a server at the address, or under the name of its host, that is also a client of itself; `name` is its subject's common name."""
    begins = (now or dt.datetime.now(dt.UTC)) - _EARLIER
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _name(f"{name}, autorité de cette installation")
    authority = (
        _certificate(authority_name, authority_name, authority_key, begins)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _certificate(_name(name), authority_name, key, begins)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName(host)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Made(_pem(authority), private.decode() + _pem(certificate))


def _signs_certificates() -> x509.KeyUsage:
    """And does nothing else. Python 3.13 and later refuse an authority that does not say so (RFC 5280, 4.2.1.3)."""
    others = "digital_signature content_commitment key_encipherment data_encipherment key_agreement crl_sign encipher_only decipher_only"
    return x509.KeyUsage(key_cert_sign=True, **dict.fromkeys(others.split(), False))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: dt.datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + LASTS)
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
