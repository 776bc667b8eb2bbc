"""Pure: any message there is, for laws that hold for all of them."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from postflow.decoding import MESSAGES
from postflow.destination import Destination, Lane
from postflow.identity import file_id
from postflow.messages import ConditionState, Message, Refusal

TEXT = st.text(max_size=20)
MOMENT = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))
SIZE = st.integers(min_value=0, max_value=2**63 - 1)
COUNT = st.integers(min_value=1, max_value=99)
TOKEN = st.from_regex(r"[a-z0-9-]+", fullmatch=True)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "at": MOMENT,
    "attempt": COUNT,
    "bytes_done": SIZE,
    "changed_at": MOMENT,
    "destination": st.builds(
        Destination,
        show=TEXT,
        route=TEXT,
        fields=st.dictionaries(TEXT, TEXT),
        project=TEXT,
        folder=st.lists(TEXT).map(tuple),
        name=TEXT,
        version=st.none() | st.integers(),
        channel=TEXT,
        inbox_reason=st.none() | TEXT,
    ),
    "durable": TOKEN,
    "expires_at": MOMENT,
    "exposure": COUNT,
    "instance": TOKEN,
    "internal_url": st.none() | TEXT,
    "lane": st.sampled_from(Lane),
    "again": st.booleans(),
    "media_type": st.none() | TEXT,
    "name": TOKEN,
    "posted_at": MOMENT,
    "public_url": st.none() | TEXT,
    "refusal": st.none() | st.builds(Refusal, code=TEXT, why=TEXT, what_to_do=TEXT),
    "retry": SIZE,
    "sequence": SIZE.map(lambda size: size + 1),
    "since": MOMENT,
    "state": st.sampled_from(ConditionState),
}
"""How a field is drawn; any other is a text."""


@st.composite
def messages(draw: st.DrawFn, kind: type[Message]) -> Message:
    filespace, path, size_bytes, mtime_ns = draw(st.tuples(TEXT, TEXT, SIZE, st.integers(-(2**63), 2**63 - 1)))
    revision = {"filespace": filespace, "path": path, "size_bytes": size_bytes, "mtime_ns": mtime_ns}
    revision["file_id"] = file_id(filespace, path, size_bytes, mtime_ns)
    drawn = {name: draw(FIELDS.get(name, TEXT)) for name in kind.model_fields if name not in revision}
    return kind.model_validate(revision | drawn)


ANY_MESSAGE = st.sampled_from(MESSAGES).flatmap(messages)
