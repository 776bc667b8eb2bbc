"""Pure: link buttons, and what a webhook that a user made may not send.

Two layouts: rows of buttons below a message, or (flag IS_COMPONENTS_V2) a message made of components. The code that
Discord gives for an interactive component from such a webhook is not documented; the one used here is a stand-in.
"""

from collections.abc import Iterator
from typing import Any

from simulators.discord.forms import length
from simulators.discord.refusals import FormError

_ROW, _BUTTON, _TEXT = 1, 2, 10
_INTERACTIVE = {3, 4, 5, 6, 7, 8}
_V2_ONLY = {9, 10, 11, 12, 13, 14, 17}
_LINK_STYLE = 5
_V2_MOST = 40

Place = tuple[str | int, ...]


def problems(components: list[dict[str, Any]], *, v2: bool) -> list[FormError]:
    found = [] if v2 else list(_rows(components))
    everything = list(walk(components, ("components",)))
    if v2 and len(everything) > _V2_MOST:
        found.append(FormError(("components",), "BASE_TYPE_MAX_LENGTH", f"Must be {_V2_MOST} or fewer in length."))
    for place, component in everything:
        found += _component(component, place, v2=v2)
    return found


def walk(components: list[dict[str, Any]], place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every component with its place, those inside others too."""
    for number, component in enumerate(components):
        yield (*place, number), component
        inner = component.get("components")
        if isinstance(inner, list):
            yield from walk(inner, (*place, number, "components"))
        accessory = component.get("accessory")
        if isinstance(accessory, dict):
            yield (*place, number, "accessory"), accessory


def texts(components: list[dict[str, Any]]) -> str:
    """All text displays: mentions in them ping like those in content."""
    displays = [one for _, one in walk(components, ()) if one.get("type") == _TEXT]
    return "\n".join(str(one.get("content", "")) for one in displays)


def _rows(components: list[dict[str, Any]]) -> Iterator[FormError]:
    if len(components) > 5:
        yield FormError(("components",), "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
    for number, row in enumerate(components):
        place: Place = ("components", number)
        if row.get("type") != _ROW:
            yield FormError((*place, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1}.")
        elif not 1 <= len(row.get("components") or []) <= 5:
            yield FormError((*place, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")


def _component(component: dict[str, Any], place: Place, *, v2: bool) -> Iterator[FormError]:
    kind = component.get("type")
    if kind == _BUTTON:
        yield from _button(component, place)
    elif kind in _INTERACTIVE:
        yield _interactive(place)
    elif kind != _ROW and not (v2 and kind in _V2_ONLY):
        yield FormError((*place, "type"), "BASE_TYPE_CHOICES", "Value must be a known component type.")


def _button(button: dict[str, Any], place: Place) -> Iterator[FormError]:
    if button.get("style") != _LINK_STYLE or "custom_id" in button:
        yield _interactive(place)
        return
    label, url = str(button.get("label") or ""), str(button.get("url") or "")
    if not label.strip() and not button.get("emoji"):
        yield FormError((*place, "label"), "BASE_TYPE_REQUIRED", "This field is required")
    if length(label) > 80:
        yield FormError((*place, "label"), "BASE_TYPE_MAX_LENGTH", "Must be 80 or fewer in length.")
    if length(url) > 512:
        yield FormError((*place, "url"), "BASE_TYPE_MAX_LENGTH", "Must be 512 or fewer in length.")
    elif not url.startswith(("http://", "https://", "discord://")):
        yield FormError((*place, "url"), "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _interactive(place: Place) -> FormError:
    return FormError(place, "INTERACTIVE_COMPONENT", "Interactive components need a webhook of an application.")
