"""Edge: the signing key that is made on first start, and kept in the ledger: encrypted if there is a SECRET_KEY.

Whoever writes does so by compare-and-set and takes what is kept after it, so that of several fileservers that start at
once all sign with one key. None but the very first start makes one: another would kill every address that is out.
"""

import base64
import secrets

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

from fileserver.signing import Keyring, keyring
from postflow.errors import RecordConflict, SettingsError, WrongSecretKey
from postflow.logs import get_logger
from postflow.records import Held, Records
from postflow.sealing import Sealing

logger = get_logger(__name__)

LEDGER_KEY = "signing-key"
PURPOSE = "postflow: signing key of the fileserver"

SECRET_BYTES = 32

NEW_KEY = (
    "or set SIGNING_KEYS=k1: and the output of `openssl rand -base64 32` for a new key: "
    "addresses that are out die, and their files are exposed anew"
)


class MadeKey(BaseModel):
    """`id:base64`, in one of two ways.

    Attributes:
        key: as it is, where there was no SECRET_KEY: whoever reads the bucket can sign.
        sealed: encrypted; then there is no `key`.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    key: SecretStr | None = None
    sealed: str = Field(default="", repr=False)

    @field_serializer("key")
    def _in_full(self, key: SecretStr | None) -> str | None:
        return key.get_secret_value() if key else None


async def made_keyring(records: Records[MadeKey], secret_key: SecretStr | None) -> Keyring:
    """The key from the ledger; made, if there is none; sealed, if it is not yet or was by an earlier SECRET_KEY.

    Raises:
        SettingsError: it is sealed, and no SECRET_KEY that is set opens it.
        BusUnavailable: NATS did not answer.
    """
    sealing = Sealing(secret_key, PURPOSE) if secret_key else None
    while True:
        held = await records.get(LEDGER_KEY)
        text = _opened(held.value, sealing) if held else _made()
        if held and not _needs_sealing(held.value, sealing):
            return keyring(text)
        try:
            await _keep(records, text, sealing, held)
        except RecordConflict:
            continue  # another fileserver was first
        return keyring(text)


async def _keep(records: Records[MadeKey], text: str, sealing: Sealing | None, held: Held[MadeKey] | None) -> None:
    """Raises RecordConflict."""
    record = MadeKey(sealed=sealing.seal(text)) if sealing else MadeKey(key=SecretStr(text))
    if held is None:
        await records.create(LEDGER_KEY, record)
        logger.info("made a signing key", action="key_made", encrypted=sealing is not None)
    else:
        await records.update(LEDGER_KEY, record, held=held)
        logger.info("encrypted the signing key with SECRET_KEY", action="key_sealed")


def _made() -> str:
    secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return f"{secrets.token_hex(4)}:{secret}"


def _opened(kept: MadeKey, sealing: Sealing | None) -> str:
    """Raises SettingsError."""
    if kept.key:
        return kept.key.get_secret_value()
    if sealing is None:
        raise SettingsError(
            [f"SECRET_KEY: is not set, and the signing key in the ledger is encrypted with it; set it, {NEW_KEY}"]
        )
    try:
        return sealing.open(kept.sealed)
    except WrongSecretKey:
        raise SettingsError(
            [
                "SECRET_KEY: is not the one that the signing key in the ledger is encrypted with; "
                f"put the earlier one behind it, after a comma, {NEW_KEY}"
            ]
        ) from None


def _needs_sealing(kept: MadeKey, sealing: Sealing | None) -> bool:
    return sealing is not None and not sealing.is_by_the_first(kept.sealed)
