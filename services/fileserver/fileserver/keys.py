"""Edge: the signing key that is made on first start, and kept in the ledger."""

import base64
import secrets

from pydantic import BaseModel, SecretStr, field_serializer

from fileserver.signing import Keyring, keyring
from postflow.errors import RecordConflict
from postflow.records import Records

LEDGER_KEY = "signing-key"

SECRET_BYTES = 32


class MadeKey(BaseModel):
    """Kept as it is: whoever reads the bucket can sign."""

    key: SecretStr
    """`id:base64`"""

    @field_serializer("key")
    def _in_full(self, key: SecretStr) -> str:
        return key.get_secret_value()


async def made_keyring(records: Records[MadeKey]) -> Keyring:
    """The key from the ledger; made, and kept there, if there is none.

    Raises:
        BusUnavailable: NATS did not answer.
    """
    held = await records.get(LEDGER_KEY)
    if held is None:
        secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        made = MadeKey(key=SecretStr(f"{secrets.token_hex(4)}:{secret}"))
        try:
            held = await records.create(LEDGER_KEY, made)
        except RecordConflict:
            return await made_keyring(records)
    return keyring(held.value.key.get_secret_value())
