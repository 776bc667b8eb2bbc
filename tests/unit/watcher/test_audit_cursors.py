"""How far logs were read, kept in little room."""

from watcher.sightings.audit_cursors import Month, Node, NodeRecord, mark


def test_what_was_read_and_what_is_done_is_kept() -> None:
    node = Node()
    month = node.month("2026-11")
    month.read("01T10", 500)
    month.finish("01T09")
    kept = Node(NodeRecord.model_validate_json(node.record().model_dump_json())).month("2026-11")
    assert (kept.offset("01T10"), kept.offset("01T11")) == (500, None)
    assert kept.done() == {mark("01T09")}


def test_a_log_that_is_done_has_no_offset_any_more() -> None:
    month = Month()
    month.read("01T09", 500)
    month.finish("01T09")
    assert month.offset("01T09") is None
    assert month.done() == {mark("01T09")}


def test_logs_that_were_deleted_are_forgotten() -> None:
    month = Month()
    month.read("01T10", 500)
    month.read("01T11", 500)
    month.finish("01T08")
    month.finish("01T09")
    month.keep_only(["01T09", "01T11"])
    assert (month.offset("01T10"), month.offset("01T11")) == (None, 500)
    assert month.done() == {mark("01T09")}


def test_months_that_are_over_are_forgotten() -> None:
    node = Node()
    for name in ("2026-09", "2026-10", "2026-11"):
        node.month(name).read("01T10", 1)
    node.keep_only(["2026-10", "2026-11"])
    assert list(node.record().months) == ["2026-10", "2026-11"]


def test_it_says_whether_there_is_anything_to_be_kept() -> None:
    node = Node()
    month = node.month("2026-11")
    said = [node.is_changed]
    month.read("01T10", 1)
    said.append(node.is_changed)
    node.saved()
    month.read("01T10", 1)
    month.keep_only(["01T10"])
    said.append(node.is_changed)
    month.keep_only([])
    assert [*said, node.is_changed] == [False, True, False, True]


def test_a_month_of_logs_takes_little_room() -> None:
    node = Node()
    for number in range(3000):
        node.month("2026-11").finish(f"2026-11-{number // 96 + 1:02}T{number % 96 // 4:02}.{number % 4 * 15:02}.00Z")
    assert len(node.record().model_dump_json()) < 17_000
