"""The login's tokens as they are kept."""

from datetime import UTC, datetime, timedelta
from typing import cast

from pydantic import SecretStr

from postflow.records import Records
from uploader.frameio.vault import PendingLogin, TokenRecord, Vault

KEY = "0123456789abcdef0123456789abcdef"
ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)

SEALED_ONCE = (
    "gAAAAABrARM4746tnjIU7kElfYItLU9m2vGGjaMnLh2KDMlo2nNHETxMt6FZflzRW3J7s7bG8It7_d-B-PIsSDSQOabRSTHonTvAXeTLxe_Ugsy_"
    "mEk7-WTY9dVYgC9SjGXdwNtZeOCLhjW5CyEEQStCwsBT58zvL-YnXjz7m1IKb7_xHXJ5YPc="
)
"""With KEY, by the first release that kept a login."""


def test_a_login_that_was_kept_by_an_earlier_release_is_still_one() -> None:
    vault = Vault(cast("Records[TokenRecord]", None), cast("Records[PendingLogin]", None), SecretStr(KEY))
    record = TokenRecord(sealed=SEALED_ONCE, issued_at=ISSUED_AT, expires_at=ISSUED_AT + timedelta(days=1))
    pair = vault.open(record)
    assert pair.access.token.get_secret_value() == "an-access-token"
    assert pair.refresh_token.get_secret_value() == "a-refresh-token"
