"""Pure: whether the books balance in the end. Each sentence that comes back is a broken promise."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.plan import Fate, Film, name_of


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a film that stayed long enough on the volume to be delivered, or nearly."""

    film: Film
    sha256: str
    size_bytes: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    sha256: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What a `failed` message says."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the world looks like after a run.

    Attributes:
        assets: those that have not been deleted.
        stories: for each name, how many revisions were delivered or failed: each deserves one card.
        cards: for each name, how many cards speak of it.
        possible_repeats: cards that the notifier itself counts as possibly repeated.
        addresses: of films, all that were ever given out.
        live_addresses: those that still answer.
        parked: what was put aside, and why.
        leaks: secrets that stand in a log or a span, by what they are.
        violations: calls that no good client makes.
        unwell: services that say they are not ready, with what they say.
        troubles: of which the team is still told.
    """

    assets: Sequence[Asset] = ()
    failures: Sequence[Failure] = ()
    stories: Mapping[str, int] = field(default_factory=dict)
    cards: Mapping[str, int] = field(default_factory=dict)
    possible_repeats: int = 0
    addresses: Sequence[str] = ()
    live_addresses: Sequence[str] = ()
    parked: Sequence[str] = ()
    leaks: Sequence[str] = ()
    violations: Sequence[str] = ()
    unwell: Sequence[str] = ()
    troubles: Sequence[str] = ()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def unsettled(revisions: Sequence[Revision], seen: Seen) -> list[str]:
    """What must not stay so: it may come still, or be cleared away."""
    return [
        *_missing(revisions, seen),
        *_strangers(revisions, seen),
        *_twice(revisions, seen),
        *_untold(seen),
        *(f"still answers: {address}" for address in seen.live_addresses),
        *(f"not well: {what}" for what in seen.unwell),
        *(f"still told of, though it is over: {what}" for what in seen.troubles),
    ]


def broken(revisions: Sequence[Revision], seen: Seen) -> list[str]:
    """What no time can mend."""
    return [
        *_unexplained(revisions, seen),
        *_cards(seen),
        *(f"put aside: {what}" for what in seen.parked),
        *(f"leaked: {what}" for what in seen.leaks),
        *(f"violation: {what}" for what in seen.violations),
    ]


def _missing(revisions: Sequence[Revision], seen: Seen) -> Iterator[str]:
    stored = Counter(asset.sha256 for asset in seen.assets)
    failed = {failure.name for failure in seen.failures}
    for revision in revisions:
        name = name_of(revision.film.path)
        if not revision.is_last or revision.film.fate is Fate.DELETED:
            continue
        if revision.film.may_fail and name in failed:
            continue
        if not stored[revision.sha256]:
            yield f"lost: {revision.film.path} ({revision.size_bytes} bytes)"
        elif not seen.cards.get(name):
            yield f"silent: {revision.film.path} is there and has no card"
    for asset in seen.assets:
        if asset.status not in ("uploaded", "transcoded"):
            yield f"unfinished: an asset {asset.name} is {asset.status}"


def _strangers(revisions: Sequence[Revision], seen: Seen) -> Iterator[str]:
    known = {(name_of(revision.film.path), revision.sha256) for revision in revisions}
    for asset in seen.assets:
        if asset.status in ("uploaded", "transcoded") and (asset.name, asset.sha256) not in known:
            yield f"half or mixed: an asset {asset.name} holds what no film ever held"


def _twice(revisions: Sequence[Revision], seen: Seen) -> Iterator[str]:
    stored = Counter(asset.sha256 for asset in seen.assets)
    for revision in revisions:
        if stored[revision.sha256] > 1:
            yield f"twice: {stored[revision.sha256]} assets of {revision.film.path}"


def _untold(seen: Seen) -> Iterator[str]:
    for failure in seen.failures:
        if not seen.cards.get(failure.name):
            yield f"silent: {failure.name} failed ({failure.code}) and has no card"


def _unexplained(revisions: Sequence[Revision], seen: Seen) -> Iterator[str]:
    """Failures that nobody caused. A deleted film may say that it is gone, a moved one too."""
    by_name = {name_of(revision.film.path): revision.film for revision in revisions}
    for failure in seen.failures:
        film = by_name.get(failure.name)
        caused = film is not None and (film.may_fail or (film.fate is Fate.DELETED and failure.code == "FILE_GONE"))
        if not caused:
            yield f"failed without a cause: {failure.name} ({failure.code})"


def _cards(seen: Seen) -> Iterator[str]:
    """Each story has one card; only what the notifier counts may repeat."""
    surplus = sum(max(0, count - seen.stories.get(name, 0)) for name, count in seen.cards.items())
    if surplus > seen.possible_repeats:
        yield f"told twice: {surplus} cards too many, of which {seen.possible_repeats} may repeat"
