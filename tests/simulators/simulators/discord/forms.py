"""Pure: the bodies that execute and edit take, with Discord's limits and its error codes.

Lengths are those of trimmed text. Which unit Discord counts is not documented; here it is the UTF-16 code unit,
the stricter reading. Fields that Discord does not know are ignored by it; `unknown_fields` finds them, for they are
always a mistake.

Source: docs.discord.com, resources "Webhook" and "Message".
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from simulators.discord.refusals import FormError, InvalidForm

_IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif")
_RESERVED_IN_NAMES = ("discord", "clyde")


def length(text: str) -> int:
    return len(text.strip().encode("utf-16-le", "surrogatepass")) // 2


def _text(most: int, *, required: bool = False) -> AfterValidator:
    def check(value: str) -> str:
        if required and not length(value):
            raise PydanticCustomError("BASE_TYPE_REQUIRED", "This field is required")
        if length(value) > most:
            raise PydanticCustomError("BASE_TYPE_MAX_LENGTH", "Must be {most} or fewer in length.", {"most": most})
        return value.strip()

    return AfterValidator(check)


def _username(value: str) -> str:
    if not 1 <= length(value) <= 80:
        raise PydanticCustomError("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
    for word in _RESERVED_IN_NAMES:
        if word in value.lower():
            raise PydanticCustomError("USERNAME_INVALID_CONTAINS", 'Username cannot contain "{word}"', {"word": word})
    return value.strip()


def _url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if not separator or not rest or " " in value:
            raise PydanticCustomError("URL_TYPE_INVALID_URL", "Not a well formed URL.")
        if scheme.lower() not in schemes:
            raise PydanticCustomError(
                "URL_TYPE_INVALID_SCHEME",
                'Scheme "{scheme}" must be one of {schemes}.',
                {"scheme": scheme, "schemes": schemes},
            )
        if scheme == "attachment" and not rest.lower().endswith(_IMAGES):
            raise PydanticCustomError("URL_TYPE_INVALID_URL", "Not an image that can be shown.")
        return value

    return AfterValidator(check)


def _iso8601(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError(
            "DATE_TIME_TYPE_PARSE", "Could not parse {value}. Should be ISO8601.", {"value": value}
        ) from None
    return value


Link = Annotated[StrictStr, _url("http", "https")]
Image = Annotated[StrictStr, _url("http", "https", "attachment")]
Snowflake = Annotated[StrictStr, Field(pattern=r"^\d{1,20}$")]


class _Form(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Footer(_Form):
    text: Annotated[StrictStr, _text(2048, required=True)]
    icon_url: Image | None = None


class Picture(_Form):
    url: Image


class Author(_Form):
    name: Annotated[StrictStr, _text(256, required=True)]
    url: Link | None = None
    icon_url: Image | None = None


class EmbedField(_Form):
    name: Annotated[StrictStr, _text(256, required=True)]
    value: Annotated[StrictStr, _text(1024, required=True)]
    inline: StrictBool = False


class Embed(_Form):
    """`type`, `provider` and `video` cannot be set: they count as unknown."""

    title: Annotated[StrictStr, _text(256)] | None = None
    description: Annotated[StrictStr, _text(4096)] | None = None
    url: Link | None = None
    timestamp: Annotated[StrictStr, AfterValidator(_iso8601)] | None = None
    color: StrictInt | None = Field(default=None, ge=0, le=0xFFFFFF)
    footer: Footer | None = None
    image: Picture | None = None
    thumbnail: Picture | None = None
    author: Author | None = None
    fields: list[EmbedField] | None = Field(default=None, max_length=25)

    def size(self) -> int:
        """What counts towards the 6,000 of a message."""
        texts = [self.title, self.description, self.footer and self.footer.text, self.author and self.author.name]
        texts += [text for field in self.fields or () for text in (field.name, field.value)]
        return sum(length(text) for text in texts if text)

    def shows_something(self) -> bool:
        return bool(self.size() or self.image or self.thumbnail)


class AllowedMentions(_Form):
    parse: list[Literal["everyone", "users", "roles"]] | None = None
    users: list[Snowflake] | None = Field(default=None, max_length=100)
    roles: list[Snowflake] | None = Field(default=None, max_length=100)
    replied_user: StrictBool = False


class Attachment(_Form):
    id: StrictStr | StrictInt
    filename: StrictStr | None = None
    title: StrictStr | None = None
    description: Annotated[StrictStr, _text(1024)] | None = None


class Edit(_Form):
    """A field that is absent stays as it is; null empties it."""

    content: Annotated[StrictStr, _text(2000)] | None = None
    embeds: list[Embed] | None = Field(default=None, max_length=10)
    allowed_mentions: AllowedMentions | None = None
    components: list[dict[str, Any]] | None = None
    attachments: list[Attachment] | None = Field(default=None, max_length=10)
    flags: StrictInt | None = Field(default=None, ge=0)
    poll: dict[str, Any] | None = None


class Execute(Edit):
    username: Annotated[StrictStr, AfterValidator(_username)] | None = None
    avatar_url: Link | None = None
    tts: StrictBool = False
    thread_name: Annotated[StrictStr, _text(100, required=True)] | None = None
    applied_tags: list[Snowflake] | None = Field(default=None, max_length=5)


E = TypeVar("E", bound=Edit)


def parse(form: type[E], content: Any) -> E:
    """
    Raises:
        InvalidForm: with an entry for each thing that does not fit.
    """
    try:
        return form.model_validate(content)
    except ValidationError as error:
        raise InvalidForm(_error(one) for one in error.errors()) from None


def known_fields(form: BaseModel) -> dict[str, Any]:
    """What Discord keeps of a form: known fields that say something."""
    kept: dict[str, Any] = {}
    for name in type(form).model_fields:
        value = getattr(form, name)
        if isinstance(value, BaseModel):
            value = known_fields(value)
        elif isinstance(value, list):
            value = [known_fields(part) if isinstance(part, BaseModel) else part for part in value]
        if value is not None:
            kept[name] = value
    return kept


def unknown_fields(form: BaseModel, place: str = "") -> Iterator[str]:
    yield from (place + name for name in form.model_extra or {})
    for name in type(form).model_fields:
        value = getattr(form, name)
        for number, part in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(part, BaseModel):
                at = f"{name}.{number}." if isinstance(value, list) else f"{name}."
                yield from unknown_fields(part, place + at)


def _error(error: ErrorDetails) -> FormError:
    """Codes in capitals are ours, in Discord's words; the rest is pydantic's and translated here."""
    place = tuple(error["loc"])
    if error["type"].isupper():
        return FormError(place, error["type"], error["msg"])
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return FormError(place, "BASE_TYPE_REQUIRED", "This field is required")
        case "too_long":
            return FormError(place, "BASE_TYPE_MAX_LENGTH", f"Must be {context['max_length']} or fewer in length.")
        case "less_than_equal":
            return FormError(place, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {context['le']}.")
        case "greater_than_equal":
            return FormError(place, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {context['ge']}.")
        case "string_type":
            return FormError(place, "STRING_TYPE_CONVERT", f'Could not interpret "{error["input"]}" as string.')
        case "int_type":
            return FormError(place, "NUMBER_TYPE_COERCE", f'Value "{error["input"]}" is not int.')
        case "literal_error":
            return FormError(place, "BASE_TYPE_CHOICES", f"Value must be one of {{{context['expected']}}}.")
        case _:
            return FormError(place, "MODEL_TYPE_CONVERT", error["msg"])
