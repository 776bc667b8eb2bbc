"""When a service says that NATS stores nothing."""

from postflow.storing import BELIEVED_S, PATIENCE_S, Storing


def test_a_refusal_is_told_when_it_lasts_and_over_when_something_is_stored() -> None:
    storing = Storing()
    storing.refused("POSTFLOW", "no answer", 100)
    assert storing.check(100 + PATIENCE_S - 1) is None
    storing.refused("POSTFLOW", "insufficient resources", 100 + PATIENCE_S)
    check = storing.check(100 + PATIENCE_S)
    assert check is not None
    assert check.detail == "NATS stores nothing in POSTFLOW: insufficient resources"
    assert "restart nats-server" in check.what_to_do
    storing.stored("KV_deliveries")
    assert storing.check(100 + PATIENCE_S) is not None
    storing.stored("POSTFLOW")
    assert storing.check(100 + PATIENCE_S) is None


def test_an_old_refusal_that_nobody_tried_again_is_not_believed() -> None:
    storing = Storing()
    storing.refused("POSTFLOW", "no answer", 0)
    assert storing.check(BELIEVED_S - 1) is not None
    assert storing.check(BELIEVED_S) is None
