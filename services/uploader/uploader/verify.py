"""Pure: is what Frame.io has what we sent? And if not yet: is it still coming?

Frame.io stores an error page as if it were the film, says nothing of why a fetch failed, and may never come. So three
witnesses are heard: the listing, the size and type it holds, and what the fileserver saw of the fetch.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from postflow.questions import TransferAnswer
from uploader.frameio.objects import Asset

NOBODY_CAME_S = 120.0
"""A fetch starts within seconds; Frame.io is known to forget some in a burst."""

STALLED_S = 180.0
"""Longer than the longest gap a tunnel's edge allows between two reads (120 s)."""

NOT_STORED_S = 900.0
STORED_BYTES_PER_S = 20e6
"""How long Frame.io may take from the last byte to `uploaded`: so long, and longer for large files."""

NOT_LISTED_S = 60.0
"""A new asset may be unknown for about 30 s."""

TEXT_NAME = re.compile(
    r"\.(ale|asc|ccc|cc|cdl|csv|cube|edl|fcpxml|html?|idx|json|log|md|nk|obj|otio"
    r"|rtf|sbv|srt|sub|svg|tsv|txt|usda|vtt|xml|ya?ml)",
    re.IGNORECASE,
)
"""How the names of files end that are text themselves: lists, subtitles, grades, scenes."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Still coming."""


@dataclass(frozen=True, slots=True)
class Verified:
    """It is there, whole."""


@dataclass(frozen=True, slots=True)
class Broken:
    """It will not become right: delete it there and send it again.

    Attributes:
        counts: whether the file has used up a try. Not when its address was lost with the tunnel, or when the
            fileserver's end cut the fetch: that says nothing about the file.
        may_be_anothers: nobody fetched it from us, and it is no error page: if we only found the asset, somebody else
            may have made it.
    """

    code: str
    why: str
    counts: bool = True
    may_be_anothers: bool = False


@dataclass(frozen=True, slots=True)
class Tainted:
    """The file changed while it was being fetched; a newer revision follows."""


Verdict = Wait | Verified | Broken | Tainted


def judge(
    asset: Asset | None,
    transfer: TransferAnswer | None,
    *,
    upload_failed: bool,
    size_bytes: int,
    posted_at: datetime,
    now: datetime,
) -> Verdict:
    """Weigh what is known.

    Args:
        asset: as Frame.io lists it; None when it does not.
        transfer: what the fileserver saw; None when it could not be asked.
        upload_failed: Frame.io says so.
    """
    verdict = _weighed(asset, transfer, upload_failed, size_bytes, (now - posted_at).total_seconds(), now)
    return excused(verdict, transfer) if isinstance(verdict, Broken) and transfer is not None else verdict


def excused(broken: Broken, transfer: TransferAnswer) -> Broken:
    """Without a try that is used up, if the fileserver knows of something else that was at fault."""
    if transfer.address_lost:
        return replace(broken, why=f"its address was lost with the tunnel: {broken.why}", counts=False)
    if transfer.cut_by_us:
        return replace(broken, why=f"the fileserver ended while it was fetched: {broken.why}", counts=False)
    return broken


def is_lost(transfer: TransferAnswer | None) -> bool:
    """Whether the address leads nowhere any more, so that nobody need be sent there."""
    return transfer is not None and transfer.known and transfer.address_lost and not transfer.is_open


def _weighed(
    asset: Asset | None,
    transfer: TransferAnswer | None,
    upload_failed: bool,
    size_bytes: int,
    waited_s: float,
    now: datetime,
) -> Verdict:
    if transfer is not None and transfer.tainted:
        return Tainted()
    if asset is None:
        return (
            Broken("ASSET_GONE", "Frame.io neither lists the file nor finds it by its id")
            if waited_s > NOT_LISTED_S
            else Wait()
        )
    if asset.is_stored:
        return _stored(asset, transfer, size_bytes)
    if upload_failed:
        return Broken("FETCH_FAILED", "Frame.io says that its fetch failed")
    if transfer is None or not transfer.known:
        return Wait()
    return _coming(transfer, size_bytes, waited_s, now)


def may_be_ours(asset: Asset, size_bytes: int) -> bool:
    """Whether an asset may be what a POST of ours made, for a file of that size.

    What is not stored yet has no size that can be relied on; an error page, or a refusal without a body, may have been
    stored in the file's place.
    """
    return not asset.is_stored or asset.file_size == size_bytes or _is_refusal(asset)


def is_overdue(transfer: TransferAnswer | None, *, size_bytes: int, posted_at: datetime, now: datetime) -> bool:
    """Whether it is time to ask Frame.io for this one file: only its status call tells of a failed fetch."""
    if is_lost(transfer):
        return True  # nothing comes any more; was it enough?
    last = (transfer.last_byte_at if transfer else None) or posted_at
    all_sent = transfer is not None and transfer.bytes_sent >= size_bytes
    return (now - last).total_seconds() > (10.0 if all_sent else 30.0)


def _stored(asset: Asset, transfer: TransferAnswer | None, size_bytes: int) -> Verdict:
    differs = _differs(asset, size_bytes)
    if transfer is not None and transfer.known and transfer.first_get_at is None:
        return _answered_for_us(asset, differs.why if differs else "Frame.io holds as many bytes, and none left us")
    if differs is not None:
        return differs
    if transfer is None or not transfer.known:
        return Wait()
    if _is_of_error_pages(asset.media_type) and transfer.bytes_sent < size_bytes:
        return Broken("ERROR_PAGE", f"Frame.io holds {asset.media_type}, and only {transfer.bytes_sent} bytes left us")
    return Verified()


def _differs(asset: Asset, size_bytes: int) -> Broken | None:
    if asset.file_size != size_bytes:
        return Broken("SIZE_DIFFERS", f"Frame.io holds {asset.file_size} bytes of {size_bytes}")
    if _is_error_page(asset):
        return Broken("ERROR_PAGE", f"Frame.io holds {asset.media_type} instead of the film")
    return None


def _answered_for_us(asset: Asset, differs: str) -> Broken:
    """The tunnel's edge, or a proxy, with a page of its own."""
    why = f"somebody in front of the fileserver answered in its place: {differs}"
    return Broken("ERROR_PAGE", why, may_be_anothers=not _is_refusal(asset))


def _is_refusal(asset: Asset) -> bool:
    """Whether it is what a fetch stores that was refused. Nobody uploads an empty film by hand; one whose size is not
    told may be anything."""
    return asset.file_size == 0 or _is_error_page(asset)


def _is_error_page(asset: Asset) -> bool:
    return _is_of_error_pages(asset.media_type) and not _is_text(asset.name)


def _is_of_error_pages(media_type: str | None) -> bool:
    """No film, sound or still is sent as one of these; edges and proxies answer with them."""
    return (media_type or "").split(";")[0].strip().lower() in {"text/html", "text/plain", "application/json"}


def _is_text(name: str) -> bool:
    """Whether the file itself may be of such a type."""
    return TEXT_NAME.fullmatch(name, max(name.rfind("."), 0)) is not None


def _coming(transfer: TransferAnswer, size_bytes: int, waited_s: float, now: datetime) -> Verdict:
    if transfer.first_get_at is None:
        if not transfer.is_open:
            return Broken("ADDRESS_CLOSED", "the address was closed before anybody fetched it")
        return Broken("NOBODY_CAME", "nobody came to fetch the file") if waited_s > NOBODY_CAME_S else Wait()
    quiet_s = (now - (transfer.last_byte_at or transfer.first_get_at)).total_seconds()
    if transfer.bytes_sent >= size_bytes:
        late = quiet_s > NOT_STORED_S + size_bytes / STORED_BYTES_PER_S
        return Broken("NOT_STORED", "Frame.io took every byte and did not store them") if late else Wait()
    if not transfer.is_open or quiet_s > STALLED_S:
        return Broken("FETCH_STALLED", f"the fetch stopped after {transfer.bytes_sent} of {size_bytes} bytes")
    return Wait()
