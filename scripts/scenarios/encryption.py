"""TLS to bridges and for peers."""

import asyncio
import contextlib
import signal

from .bootstrap import Bootstrap
from .bridges import Bridge
from .certificates import Authority, server
from .ledger import all_found
from .stage import Skipped, scenario, until


@scenario
async def certificates_of_bridges_are_verified(stage):
    """B18: an own authority works; expired, for another name or from a stranger is refused with the reason, and works
    after renewal without a restart."""
    ours = await Authority(stage.directory, "ours").create()
    strangers = await Authority(stage.directory, "strangers").create()
    good = await ours.sign("good")
    bad = {"expired": await ours.sign("expired", days=-1),
           "wrong name": await ours.sign("elsewhere", hosts="DNS:elsewhere.example"),
           "unknown authority": await strangers.sign("stranger")}
    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(Bridge(stage.secret, tls=server(*good)))
        broken = {name: await stack.enter_async_context(Bridge(stage.secret, tls=server(*files)))
                  for name, files in bad.items()}
        plain = await stack.enter_async_context(Bridge(stage.secret))
        plain.address = plain.address.replace("ws:", "wss:")
        bootstrap = await stack.enter_async_context(Bootstrap(
            stage, [well.address, plain.address, *(bridge.address for bridge in broken.values())],
            "--bridge-ca-file", ours.file))
        await bootstrap.becomes(well.address, "status", "connected")
        reasons = {}
        for name, bridge in (broken | {"no TLS at all": plain}).items():
            reasons[name] = await until(lambda: reason(bootstrap, bridge), f"{name} has a reason", 15)
            assert not bridge.opened, f"{name}: the connection was used"
        joins = await bootstrap.ledger.joins(20)
        all_found(joins)
        assert len(well.requests) == 20

        renewed = await ours.sign("renewed")
        for bridge in broken.values():
            bridge.tls.load_cert_chain(*renewed)
        for name, bridge in broken.items():
            await bootstrap.becomes(bridge.address, "status", "connected", 40)
        all_found(await bootstrap.ledger.joins(20))
        assert (await bootstrap.bridge(well.address))["connectionsOpened"] == 1
        texts = "; ".join(f"{name}: {text}" for name, text in reasons.items())
        return f"40 joins found a helper; {texts}; all but the last linked after renewal"


async def reason(bootstrap, bridge):
    report = await bootstrap.bridge(bridge.address)
    return report["status"] != "connected" and report.get("error")


@scenario
async def a_bootstrap_serves_tls_and_renews_its_certificate(stage):
    """Peers join by wss; after SIGHUP new clients see the renewed certificate while old connections live on."""
    ours = await Authority(stage.directory, "ours").create()
    certificate, key = await ours.sign("bootstrap")
    async with contextlib.AsyncExitStack() as stack:
        bridge = await stack.enter_async_context(Bridge(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(
            stage, [bridge.address], "--tls-certificate-file", certificate, "--tls-key-file", key, tls=ours.client()))
        await bootstrap.linked(1)
        old = await bootstrap.ledger.newcomer()
        first = serial(old)
        assert (await old.ask()).outcome == "peer_found"

        # A certificate without its key is refused, and the old one stays.
        whole = key.read_bytes()
        key.write_text("nonsense")
        lines = len(bootstrap.logged())
        bootstrap.hang_up()
        await until(lambda: len(bootstrap.logged()) > lines, "the broken key is complained of")
        assert serial(await bootstrap.ledger.newcomer()) == first, "a broken key changed the certificate"
        key.write_bytes(whole)

        await ours.sign("bootstrap")
        bootstrap.hang_up()

        async def renewed():
            newcomer = await bootstrap.ledger.newcomer()
            return serial(newcomer) != first and newcomer
        newcomer = await until(renewed, "new clients see the renewed certificate", every=0.1)
        assert (await newcomer.ask()).outcome == "peer_found"
        await old.ping()
        assert (await old.ask()).outcome == "peer_found"
        assert bridge.opened == 1, "the link to the bridge was dialled anew"

        # Plain text on the port harms nobody.
        reader, writer = await asyncio.open_connection("127.0.0.1", bootstrap.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(15):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()
        all_found(await bootstrap.ledger.joins(20))
        return f"23 joins by wss, serial {first} renewed to {serial(newcomer)} by SIGHUP, the old connection lived on"


@scenario
async def a_native_bridge_serves_tls(stage):
    """`causeway bridge` with a certificate, dialled by wss; renewed on disk and by SIGHUP, its link lives on."""
    asking = await asyncio.create_subprocess_exec(stage.causeway, "bridge", "--help", stdout=asyncio.subprocess.PIPE)
    options, _ = await asking.communicate()
    if b"--tls-certificate-file" not in options:
        raise Skipped("`causeway bridge` has no option for a certificate")
    ours = await Authority(stage.directory, "ours").create()
    certificate, key = await ours.sign("bridge")
    process, port, _ = await stage.native_bridge("bridge", "--tls-certificate-file", certificate, "--tls-key-file", key)
    address = f"wss://127.0.0.1:{port}"
    async with Bootstrap(stage, [address], "--bridge-ca-file", ours.file) as bootstrap:
        await bootstrap.linked(1)

        async def seen():
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=ours.client(),
                                                          server_hostname="localhost")
                writer.close()
                return writer.get_extra_info("peercert")["serialNumber"]
        first = await seen()
        await ours.sign("bridge")
        process.send_signal(signal.SIGHUP)

        async def renewed():
            number = await seen()
            return number != first and number
        second = await until(renewed, "new connections see the renewed certificate", every=0.1)
        assert (await bootstrap.bridge(address))["connectionsOpened"] == 1, "the link was dialled anew"
        return f"linked by {address.split(':')[0]}, serial {first} renewed to {second}, the link lived on"


def serial(newcomer):
    return newcomer.link.transport.get_extra_info("ssl_object").getpeercert()["serialNumber"]
