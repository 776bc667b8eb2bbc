"""Pure: from a checked form to what the message will show, with the rules that hold between fields."""

from typing import Any

from simulators.discord import components, forms
from simulators.discord.mentions import Allowed, Mentions, found_in, permitted
from simulators.discord.messages import Shown, merged_by_url
from simulators.discord.refusals import EMPTY_MESSAGE, FormError, InvalidForm, Refused

SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
IS_COMPONENTS_V2 = 1 << 15
_SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2
_MOST_EMBED_TEXT = 6000


def compose(form: forms.Edit, before: Shown, *, with_components: bool, attachments: list[dict[str, Any]]) -> Shown:
    """What is shown once `form` is applied to `before`: a field that the form does not name stays.

    `attachments`: those that are kept and those that came with this call. Components are dropped without
    `with_components`, as Discord does.

    Raises:
        Refused: the rules between fields, or nothing left to show.
    """
    named = form.model_fields_set
    sent_components = (form.components or []) if with_components else []
    flags = _flags(form, before)
    shown = Shown(
        content=(form.content or "") if "content" in named else before.content,
        embeds=_embeds(form.embeds or []) if "embeds" in named else before.embeds,
        components=tuple(sent_components) if "components" in named else before.components,
        attachments=tuple(attachments),
        flags=flags,
        poll=form.poll if "poll" in named else before.poll,
    )
    errors = _between_fields(form, shown)
    if errors:
        raise InvalidForm(errors)
    if shown.is_empty():
        raise Refused(EMPTY_MESSAGE)
    return shown


def mentions(form: forms.Edit, shown: Shown) -> tuple[Mentions, Mentions]:
    """All that the text mentions, and those whom it may ping."""
    found = found_in(shown.content + "\n" + components.texts(list(shown.components)))
    if shown.flags & SUPPRESS_NOTIFICATIONS:
        return found, Mentions()
    return found, permitted(found, _allowed(form.allowed_mentions))


def _between_fields(form: forms.Edit, shown: Shown) -> list[FormError]:
    v2 = bool(shown.flags & IS_COMPONENTS_V2)
    errors = _embed_total(form) + _exclusive_mentions(form)
    errors += components.problems(list(shown.components), v2=v2)
    if v2 and (shown.content or shown.embeds or shown.poll):
        code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
        errors.append(FormError((), code, "content, embeds and poll cannot be used with IS_COMPONENTS_V2"))
    return errors + _unattached_images(form, shown)


def _embed_total(form: forms.Edit) -> list[FormError]:
    if sum(embed.size() for embed in form.embeds or []) <= _MOST_EMBED_TEXT:
        return []
    message = f"Embed size exceeds maximum size of {_MOST_EMBED_TEXT}"
    return [FormError(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)]


def _exclusive_mentions(form: forms.Edit) -> list[FormError]:
    """A type in `parse` and a list of ids of that type exclude each other."""
    allowed = form.allowed_mentions
    if allowed is None:
        return []
    lists = {"users": allowed.users, "roles": allowed.roles}
    both = [kind for kind, ids in lists.items() if ids and kind in (allowed.parse or [])]
    code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
    return [FormError(("allowed_mentions",), code, f"parse and {kind} are mutually exclusive.") for kind in both]


def _unattached_images(form: forms.Edit, shown: Shown) -> list[FormError]:
    there = {attachment["filename"] for attachment in shown.attachments}
    errors = []
    for number, embed in enumerate(form.embeds or []):
        for part in ("image", "thumbnail"):
            picture = getattr(embed, part)
            if picture is not None and _missing(picture.url, there):
                place = ("embeds", number, part, "url")
                errors.append(FormError(place, "URL_TYPE_INVALID_URL", "There is no attachment of that name."))
    return errors


def _missing(url: str, there: set[str]) -> bool:
    return url.startswith("attachment://") and url.removeprefix("attachment://") not in there


def _embeds(embeds: list[forms.Embed]) -> tuple[dict[str, Any], ...]:
    known = [forms.known_fields(embed) for embed in embeds]
    return merged_by_url(known)


def _flags(form: forms.Edit, before: Shown) -> int:
    """The V2 flag cannot be taken back."""
    if "flags" not in form.model_fields_set:
        return before.flags
    return ((form.flags or 0) & _SETTABLE) | (before.flags & IS_COMPONENTS_V2)


def _allowed(sent: forms.AllowedMentions | None) -> Allowed:
    if sent is None:
        return Allowed()
    return Allowed(tuple(sent.parse or ()), tuple(sent.users or ()), tuple(sent.roles or ()))
