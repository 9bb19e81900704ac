"""An authority of our own, and certificates from it, made by the `openssl` program."""

import asyncio
import ssl


async def openssl(*arguments):
    process = await asyncio.create_subprocess_exec("openssl", *map(str, arguments), stdout=asyncio.subprocess.DEVNULL,
                                                   stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-300:]


class Authority:
    """Signs certificates for `localhost` and 127.0.0.1, unless told otherwise."""

    def __init__(self, directory, name):
        self.directory, self.name, self.serial = directory, name, 1
        self.key, self.file = directory / f"{name}.key", directory / f"{name}.pem"

    async def create(self):
        await openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30,
                      "-subj", f"/CN={self.name}", "-addext", "basicConstraints=critical,CA:TRUE",
                      "-keyout", self.key, "-out", self.file)
        return self

    async def sign(self, name, hosts="DNS:localhost,IP:127.0.0.1", days=10):
        """A certificate and its key: (certificate file, key file). The same name again renews it in place."""
        self.serial += 1
        base = self.directory / name
        request, extensions, certificate, key = (base.with_suffix(f".{end}") for end in ("csr", "ext", "pem", "key"))
        extensions.write_text(f"subjectAltName={hosts}\nbasicConstraints=CA:FALSE\n")
        await openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        await openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-set_serial", self.serial,
                      "-days", days, "-extfile", extensions, "-out", certificate)
        return certificate, key

    def client(self):
        """What a client trusts that knows only this authority."""
        return ssl.create_default_context(cafile=self.file)


def server(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
