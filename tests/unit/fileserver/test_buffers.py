"""How long the end of a body must be that is copied."""

from pathlib import Path

import pytest

from fileserver import lending
from fileserver.buffers import most_buffered_bytes


def test_it_is_what_the_kernel_lets_both_buffers_grow_to(tmp_path: Path) -> None:
    (tmp_path / "tcp_wmem").write_text("4096\t65536\t67108864\n")
    (tmp_path / "tcp_rmem").write_text("4096\t131072\t33554432\n")
    assert most_buffered_bytes(tmp_path) == 67108864 + 33554432


@pytest.mark.parametrize("content", [None, "", "4096", "a b c"])
def test_where_nobody_can_tell_it_is_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "tcp_wmem").write_text(content)
        (tmp_path / "tcp_rmem").write_text(content)
    assert most_buffered_bytes(tmp_path) == 0


@pytest.mark.parametrize(
    ("on_its_way", "copied"),
    [(0, lending.LEAST_COPIED_BYTES), (10 << 20, lending.LEAST_COPIED_BYTES), (128 << 20, 160 << 20)],
)
def test_the_end_that_is_copied_is_longer(monkeypatch: pytest.MonkeyPatch, on_its_way: int, copied: int) -> None:
    monkeypatch.setattr(lending, "most_on_its_way_bytes", lambda: on_its_way)
    assert lending.copied_end_bytes() == copied
