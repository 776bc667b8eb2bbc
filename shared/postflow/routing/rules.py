"""Pure: the file format of `postflow.toml`. `docs/rules.md` is the same in words.

The description of a key is what a problem says was expected there.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from postflow.identity import comparable
from postflow.routing.globs import glob_regex
from postflow.routing.lookup import Table
from postflow.routing.naming import Naming, RegexNaming, TemplateNaming, parse_regex
from postflow.routing.output import parse_filename, parse_folder
from postflow.routing.problems import Mistakes, shown
from postflow.routing.spelling import folded, mistake_in_name
from postflow.routing.template import FIELD, GIVEN, RESERVED, parse_template

DEFAULT_CHANNEL = "default"
DEFAULT_WEBHOOK_ENV = "DISCORD_WEBHOOK_URL"
WHOLE_FILESPACE = "."
INBOX = "inbox"
"""The route of what fits no pattern."""


def _require(holds: bool, found: str, expected: str) -> None:
    if not holds:
        raise Mistakes([(found, expected)])


def _name(text: str) -> str:
    _require(bool(re.fullmatch(r"[A-Za-z0-9_-]+", text)), shown(text), "letters, digits, - and _")
    return text


def _field(text: str) -> str:
    expected = f"small letters, digits and _; not {', '.join(sorted(RESERVED))}"
    _require(bool(FIELD.fullmatch(text)) and text not in RESERVED, shown(text), expected)
    return text


def _looked_up(text: str) -> str:
    _require(text not in GIVEN, shown(text), f"a field of its own; {' and '.join(sorted(GIVEN))} are given")
    return _field(text)


def _text(text: str) -> str:
    mistake = mistake_in_name(text)
    _require(mistake is None, f"{shown(text)}: {mistake}", "a text that may stand in a name in Frame.io")
    return comparable(text)


def watch_path(text: str) -> str:
    """A watch folder without its trailing slash, NFC."""
    expected = f'a path inside the filespace, as SHOW/EXPORTS; "{WHOLE_FILESPACE}" is all of it'
    path = comparable(text.removesuffix("/"))
    is_absolute = text.startswith("/") or re.match(r"[A-Za-z]:", text)
    is_odd = set("\\*?") & set(path) or any(mistake_in_name(part) for part in path.split("/"))
    _require(path == WHOLE_FILESPACE or not (is_absolute or is_odd), shown(text), expected)
    return path


def _glob(text: str) -> str:
    glob_regex(text)
    return text


def _template(text: str) -> str:
    parse_template(text, code="show")
    return text


def _regex(text: str) -> str:
    parse_regex(text)
    return text


def _webhook_env(text: str) -> str:
    _require(bool(re.fullmatch(r"[A-Z_][A-Z0-9_]*", text)), _SECRET, "the name of a variable, not its value")
    return text


def _webhook_file(text: str) -> str:
    _require(text.startswith("/") and "://" not in text, _SECRET, "the absolute path of a file, not its content")
    return text


_SECRET = "something else (not shown: it may be a secret)"


def _mention(text: str) -> str:
    _require(bool(re.fullmatch(r"(user|role):[0-9]{5,20}", text)), shown(text), "user:<id> or role:<id>")
    return text


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Name = Annotated[str, AfterValidator(_name)]
Glob = Annotated[str, AfterValidator(_glob)]
Text = Annotated[str, AfterValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
Mention = Annotated[str, AfterValidator(_mention)]
FolderTemplate = Annotated[str, AfterValidator(parse_folder)]
FilenameTemplate = Annotated[str, AfterValidator(parse_filename)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Channel(Section):
    """Where people hear of files. It names the place of its secret and never holds it."""

    kind: Literal["discord"] = Field(default="discord", description='"discord"')
    webhook_env: Annotated[str, AfterValidator(_webhook_env)] | None = Field(
        default=None, description="the name of the variable that holds the webhook's address"
    )
    webhook_file: Annotated[str, AfterValidator(_webhook_file)] | None = Field(
        default=None, description="the absolute path of a file that holds the webhook's address"
    )
    mentions: tuple[Mention, ...] = Field(
        default=(), max_length=75, description='a list of "user:<id>" and "role:<id>", 75 at most'
    )

    def mentioned(self, kind: Literal["user", "role"]) -> tuple[str, ...]:
        """The ids of one kind."""
        return tuple(mention.removeprefix(f"{kind}:") for mention in self.mentions if mention.startswith(kind))


class WatchFolder(Section):
    folder: Annotated[str, AfterValidator(watch_path)] = Field(
        description="a path inside the filespace, as SHOW/EXPORTS"
    )
    include: tuple[Glob, ...] = Field(min_length=1, description='a list of one or more globs, as "**/*.mov"')
    exclude: tuple[Glob, ...] = Field(default=(), description='a list of globs, as "**/_old/**"')
    existing: Literal["ignore", "deliver"] | None = Field(default=None, description='"ignore" or "deliver"')
    """What to do with files that were there before; None leaves it to `WATCH_EXISTING`."""


class Pattern(Section):
    """One way of naming files, as a template or as a regex over the path below the watch folder."""

    name: Name = Field(description="a name for the pattern")
    template: Annotated[str, AfterValidator(_template)] | None = Field(
        default=None, description="a template, as {show}_{shot:5d}_v{version:3d}.{ext}"
    )
    regex: Annotated[str, AfterValidator(_regex)] | None = Field(
        default=None, description="a regular expression with named groups"
    )
    example: str = Field(description="a path below the watch folder that fits; artists see it")
    lookups: tuple[str, ...] = Field(default=(), description="a list of names of lookups, in order")


class Lookup(Section):
    """From one field to others."""

    field: Annotated[str, AfterValidator(_field)] = Field(description="the field to look up")
    values: dict[str, dict[Annotated[str, AfterValidator(_looked_up)], Text]] = Field(
        min_length=1, description='rows, as SQ01 = { scene = "01" }'
    )

    @property
    def gives(self) -> frozenset[str]:
        return frozenset(field for row in self.values.values() for field in row)

    @cached_property
    def table(self) -> Table:
        return Table(self.values)


class Route(Section):
    """Where files go whose fields meet every condition."""

    name: Name = Field(description="a name for the route")
    when: dict[str, Texts] = Field(
        default_factory=dict, description='conditions, as { task = "comp" } or { task = ["comp", "anim"] }'
    )
    project: Text | None = Field(default=None, description="the name or id of a Frame.io project")
    folder: FolderTemplate = Field(description="a folder template, as WIP/SC{scene}")
    filename: FilenameTemplate = Field(default="{name}", description="a name template, as {name}")
    channel: str | None = Field(default=None, description="the name of a channel")


class Inbox(Section):
    """Where files go that fit no pattern, with the reason."""

    project: Text | None = Field(default=None, description="the name or id of a Frame.io project")
    folder: FolderTemplate = Field(description="a folder template, as INBOX")
    filename: FilenameTemplate = Field(default="{name}", description="a name template, as {name}")
    channel: str | None = Field(default=None, description="the name of a channel")


class Head(Section):
    """What a show says of itself."""

    code: Text = Field(description="the show's code in names, for {show}")
    project: Text = Field(description="the name or id of a Frame.io project")
    channel: str = Field(default=DEFAULT_CHANNEL, description="the name of a channel")
    name_writers: bool = Field(default=False, strict=True, description="true if cards shall say who wrote a file")


class Show(Head):
    watch: tuple[WatchFolder, ...] = Field(description="one or more [[watch]]")
    patterns: tuple[Pattern, ...] = Field(description="one or more [[patterns]]")
    lookups: dict[str, Lookup] = Field(default_factory=dict, description="tables [lookups.<name>]")
    routes: tuple[Route, ...] = Field(description="one or more [[routes]]")
    inbox: Inbox | None = Field(default=None, description="a table [inbox]")

    @cached_property
    def namings(self) -> tuple[tuple[Pattern, Naming], ...]:
        return tuple((pattern, naming(pattern, self.code)) for pattern in self.patterns)


class Rules(Section):
    channels: dict[str, Channel] = Field(default_factory=dict, description="tables [channels.<name>]")
    """The channel `default` is always among them."""
    shows: dict[str, Show] = Field(default_factory=dict, description="one or more tables [shows.<name>]")

    _beside: tuple[str, ...] = PrivateAttr(default=())

    def beside(self, codes: Iterable[str]) -> "Rules":
        """These, knowing the codes of shows that are left out for a mistake: their files are theirs all the same."""
        rules = Rules(channels=self.channels, shows=self.shows)
        rules._beside = tuple(codes)
        return rules

    @property
    def codes(self) -> tuple[str, ...]:
        """Of every show, those that are left out too."""
        return (*(show.code for show in self.shows.values()), *self._beside)

    @cached_property
    def watch_folders(self) -> tuple[tuple[str, WatchFolder], ...]:
        """Show and watch folder, in the order of the file; no two overlap."""
        return tuple((name, watch) for name, show in self.shows.items() for watch in show.watch)


def naming(pattern: Pattern, code: str) -> Naming:
    if pattern.template is not None:
        return TemplateNaming(pattern.template, code)
    return RegexNaming(pattern.regex or "", code)


def same(one: str, other: str) -> bool:
    return folded(one) == folded(other)
