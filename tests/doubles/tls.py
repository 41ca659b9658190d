"""TLS before a PostgreSQL that speaks none itself, with certificates of an authority of its own."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from select import select

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# What a client says first, and what the server answers it.
# Source: PostgreSQL documentation, Message Formats, SSLRequest.
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class Authority:
    """Signs certificates."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = _made(name, self._key, self._key, None)

    @property
    def pem(self) -> str:
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def certificate(self, host: str, folder: Path) -> Path:
        """A file with a key and the certificate of the host."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _made(host, key, self._key, self._certificate)
        path = folder / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return path


def _made(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())


@contextmanager
def tls_in_front(port: int, certificate: Path) -> Iterator[int]:
    """The port where the server of the other port is reached by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, context, port), daemon=True).start()
        yield listener.getsockname()[1]
        # Closing alone would leave the thread waiting.
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_relay, args=(client, context, port), daemon=True).start()


def _relay(client: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """One client to the server and back, until either leaves."""
    with suppress(OSError), client, socket.create_connection(("127.0.0.1", port)) as server:
        assert client.recv(len(_SSL_REQUEST)) == _SSL_REQUEST
        client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as private:
            other = {private: server, server: private}
            while True:
                waiting = [private] if private.pending() else select(list(other), [], [])[0]
                for source in waiting:
                    data = source.recv(65_536)
                    if not data:
                        return
                    other[source].sendall(data)
