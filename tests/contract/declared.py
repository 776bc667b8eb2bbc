"""Pure: where a JSON value differs from what a type declares; pydantic forgives what it has not heard of, and more."""

import types
import typing
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel


def differences(declared: Any, value: Any, place: str = "", *, absent: Collection[str] = ()) -> list[str]:
    """A sentence for each difference; none when every field is declared, there, and of its type.

    Args:
        declared: a pydantic model, or a type made of models, lists, unions and plain types.
        absent: names of fields that may be missing, wherever they are; nothing else may, not even what has a default.
    """
    return list(_differences(declared, value, place, frozenset(absent)))


def _differences(declared: Any, value: Any, place: str, absent: frozenset[str]) -> Iterator[str]:
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if declared is Any:
        return
    if origin is typing.Annotated:
        yield from _differences(arguments[0], value, place, absent)
    elif origin in (typing.Union, types.UnionType):
        yield from _of_a_union(arguments, value, place, absent)
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{place}: {value!r} is none of {', '.join(map(repr, arguments))}"
    elif origin is list:
        yield from _of_a_list(arguments[0], value, place, absent)
    elif origin is dict:
        yield from _of_a_dict(arguments[1], value, place, absent)
    elif isinstance(declared, type) and issubclass(declared, BaseModel):
        yield from _of_a_model(declared, value, place, absent)
    elif not _is_plainly(declared, value):
        yield f"{place}: {value!r} is no {getattr(declared, '__name__', declared)}"


def _of_a_union(members: tuple[Any, ...], value: Any, place: str, absent: frozenset[str]) -> Iterator[str]:
    """`Union[Literal[…], Any]` is how a generated client says that words may be added: here the words count."""
    if any(typing.get_origin(member) is typing.Literal for member in members):
        members = tuple(member for member in members if member is not Any)
    if value is not None:
        members = tuple(member for member in members if member is not type(None))
    found = [list(_differences(member, value, place, absent)) for member in members]
    if not all(found):
        return
    yield from min(found, key=len)


def _of_a_list(member: Any, value: Any, place: str, absent: frozenset[str]) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place}: {value!r} is no list"
        return
    for number, one in enumerate(value):
        yield from _differences(member, one, f"{place}[{number}]", absent)


def _of_a_dict(member: Any, value: Any, place: str, absent: frozenset[str]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: {value!r} is no object"
        return
    for name, one in value.items():
        yield from _differences(member, one, f"{place}.{name}".lstrip("."), absent)


def _of_a_model(model: type[BaseModel], value: Any, place: str, absent: frozenset[str]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: {value!r} is no {model.__name__}"
        return
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for name in value.keys() - fields.keys():
        yield f"{place}.{name}".lstrip(".") + f" is not declared by {model.__name__}"
    for name, field in fields.items():
        where = f"{place}.{name}".lstrip(".")
        if name in value:
            yield from _differences(field.annotation, value[name], where, absent)
        elif name not in absent:
            yield f"{where} of {model.__name__} is missing"


def _is_plainly(declared: Any, value: Any) -> bool:
    """Without any conversion: 1 is not true, "1" is no number, and a moment says its zone."""
    if declared in (None, type(None)):
        return value is None
    if declared is datetime:
        return isinstance(value, str) and _is_a_moment(value)
    if declared is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is declared


def _is_a_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
