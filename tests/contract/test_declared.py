"""A difference between a value and what is declared is found wherever it is, and nothing else is taken for one."""

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from tests.contract.declared import differences


class Owner(BaseModel):
    name: str
    active: bool | None = None


class Film(BaseModel):
    status: Literal["created", "stored"] | Any
    size: int
    at: datetime
    owner: Owner | None = None
    pages: list[Owner] = []
    links: dict[str, Any] = {}
    number: float = Field(default=0, alias="the_number")


WHOLE = {
    "status": "stored",
    "size": 1,
    "at": "2026-01-01T00:00:00.000000Z",
    "owner": {"name": "Ada", "active": None},
    "pages": [{"name": "Bo", "active": True}],
    "links": {"status": "/v4"},
    "the_number": 1.5,
}


def test_a_value_that_is_declared_down_to_the_last_field_has_none() -> None:
    assert differences(Film, WHOLE) == []
    assert differences(Annotated[Film, "anything"], WHOLE | {"owner": None}) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"more": 1}, "more is not declared by Film"),
        ({"status": "new"}, "status: 'new' is none of 'created', 'stored'"),
        ({"size": "1"}, "size: '1' is no int"),
        ({"size": True}, "size: True is no int"),
        ({"at": "2026-01-01T00:00:00"}, "at: '2026-01-01T00:00:00' is no datetime"),
        ({"at": 1}, "at: 1 is no datetime"),
        ({"owner": {"name": None, "active": True}}, "owner.name: None is no str"),
        ({"owner": {"name": "Ada"}}, "owner.active of Owner is missing"),
        ({"owner": "Ada"}, "owner: 'Ada' is no Owner"),
        ({"pages": [{"name": "Bo", "active": True, "age": 3}]}, "pages[0].age is not declared by Owner"),
        ({"pages": {}}, "pages: {} is no list"),
        ({"links": []}, "links: [] is no object"),
        ({"the_number": True}, "the_number: True is no float"),
    ],
)
def test_each_difference_is_said_with_its_place(changed: dict[str, Any], said: str) -> None:
    assert differences(Film, WHOLE | changed) == [said]


def test_what_may_be_absent_is_not_missed() -> None:
    partly = {name: value for name, value in WHOLE.items() if name not in ("owner", "the_number")}
    assert differences(Film, partly, absent=("owner", "the_number")) == []
    assert differences(Film, partly, absent=("owner",)) == ["the_number of Film is missing"]
