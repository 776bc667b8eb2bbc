"""The console's settings."""

import pytest

from console.settings import Settings
from postflow.errors import SettingsError
from postflow.settings import load


@pytest.mark.parametrize(("text", "size_bytes"), [("10G", 10 * 2**30), ("512M", 512 * 2**20), ("1000", 1000)])
def test_the_size_of_the_store_is_read_as_nats_reads_it(
    monkeypatch: pytest.MonkeyPatch, text: str, size_bytes: int
) -> None:
    monkeypatch.setenv("NATS_MAX_FILE_STORE", text)
    assert load(Settings).nats_max_file_store == size_bytes


def test_a_size_that_cannot_be_read_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_MAX_FILE_STORE", "much")
    with pytest.raises(SettingsError, match="NATS_MAX_FILE_STORE"):
        load(Settings)
