"""Pure: what the uploader's books hold."""

import hashlib
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime

from postflow.decoding import decode
from postflow.destination import Destination, Frozen
from postflow.identity import comparable
from postflow.messages import FileDelivered, Message
from uploader.claim import Claim


class Stage(StrEnum):
    """How far an attempt has come. The file's own states are in the glossary."""

    CLAIMED = "claimed"
    POSTED = "posted"
    STALE = "stale"
    """Another exposure was asked for."""
    ENDED = "ended"
    """The ending is on record; it may not have been published yet."""
    TOLD = "told"
    PLAYABLE = "playable"


class Intent(Frozen):
    """Somebody is about to POST. Until `send_deadline` it may still leave; thirty seconds later it has not."""

    project_id: str = ""
    folder_id: str
    name: str
    at: AwareDatetime
    send_deadline: AwareDatetime
    attempt: int = 0
    exposure: int = 0


class Posted(Frozen):
    """The asset that Frame.io made for us, to be fetched from the address of that exposure.

    Attributes:
        adopted: nobody read the answer of the POST that made it; it was found in the folder.
    """

    asset_id: str
    project_id: str
    folder_id: str
    view_url: str
    at: AwareDatetime
    attempt: int = 0
    exposure: int = 0
    adopted: bool = False

    def is_fetched_from(self, claim: Claim) -> bool:
        """Whether the fileserver can still tell what was sent to it."""
        return self.exposure == 0 or (self.attempt, self.exposure) == (claim.attempt, claim.exposure)


class Doubt(Frozen):
    """There may be an asset of ours that nobody knows: a POST was given up without knowing what it made, or seems to
    have been carried out twice.

    Attributes:
        since, until: nothing is meant that was made earlier or later, by Frame.io's clock.
    """

    folder_id: str
    name: str
    since: AwareDatetime
    until: AwareDatetime

    def beside(self, earlier: "Doubt | None") -> "Doubt":
        """One doubt for both, if they are about one place."""
        if earlier is None or (earlier.folder_id, earlier.name) != (self.folder_id, self.name):
            return self
        return self.model_copy(
            update={"since": min(earlier.since, self.since), "until": max(earlier.until, self.until)}
        )


class Setback(Frozen):
    """A send that will not become good. Its asset is to be deleted, whoever goes on with the record; never delivered.

    Attributes:
        until: what to make of it is decided after that.
        counts: it uses up a try, unless its address turns out to have been lost.
        what_to_do: for a person, if it is not sent again.
    """

    code: str
    why: str
    until: AwareDatetime
    counts: bool = True
    what_to_do: str = ""


class Ending(Frozen):
    """The message that ended the attempt, as it was published."""

    subject: str
    payload: str

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(subject=message.subject, payload=message.model_dump_json())

    def message(self) -> Message:
        return decode(self.subject, self.payload.encode())


class DeliveryRecord(Frozen):
    """What is known of one file's delivery.

    Attributes:
        sends: POSTs made for this attempt whose result was not good; it bounds how often a file is sent again.
        spared: those whose result was not good by no fault of the file.
        missing: how often in a row Frame.io did not know the folder that it had given us.
        conflicts: how often in a row it refused the name, though nothing of ours was there.
        live: a reader is at it now; False while it waits for a scheduled retry or another address.
        place: the key of the place that it holds, or held.
        asked_at: when the watcher was asked first where the file is now.
    """

    attempt: int
    exposure: int
    sequence: int
    delivery: int
    live: bool = True
    stage: Stage = Stage.CLAIMED
    sends: int = 0
    spared: int = 0
    missing: int = 0
    conflicts: int = 0
    place: str | None = None
    asked_at: AwareDatetime | None = None
    intent: Intent | None = None
    posted: Posted | None = None
    doubt: Doubt | None = None
    setback: Setback | None = None
    ending: Ending | None = None

    @classmethod
    def fresh(cls, claim: Claim) -> Self:
        return cls(attempt=claim.attempt, exposure=claim.exposure, sequence=claim.sequence, delivery=claim.delivery)

    @property
    def claim(self) -> Claim:
        return Claim(self.attempt, self.exposure, self.sequence, self.delivery)

    @property
    def is_over(self) -> bool:
        """Whether the attempt's ending is on record and told."""
        return self.stage in (Stage.TOLD, Stage.PLAYABLE)

    def claimed_by(self, claim: Claim, *, again: bool = False) -> Self:
        """Within one attempt, what was done stays done.

        Args:
            again: a person wants it once more, though it was delivered.
        """
        if claim.attempt > self.attempt:
            return self._next_attempt(claim, again)
        another_address = self.stage is Stage.STALE and claim.exposure > self.exposure
        return self.model_copy(
            update={
                "stage": Stage.CLAIMED if another_address else self.stage,
                "exposure": claim.exposure,
                "sequence": claim.sequence,
                "delivery": claim.delivery,
                "live": True,
            }
        )

    def _next_attempt(self, claim: Claim, again: bool) -> Self:
        """It starts afresh, but what the one before left undone is not forgotten: it may have left an asset. What was
        delivered is not delivered again, unless a person wants it so: the attempt may have been made while nobody
        knew; its ending is told once more, in its name."""
        ended = self.ending.message() if self.ending else None
        kept: dict[str, object] = {"doubt": self.doubt}
        if not isinstance(ended, FileDelivered):
            kept |= {"intent": self.intent, "posted": self.posted, "place": self.place}
        elif not again:
            told = ended.model_copy(update={"attempt": claim.attempt, "exposure": claim.exposure})
            kept |= {"stage": Stage.ENDED, "ending": Ending.of(told), "posted": self.posted, "place": self.place}
        return self.fresh(claim).model_copy(update=kept)


class PlaceRecord(Frozen):
    """Who delivers to a place."""

    file_id: str


class AssetRecord(Frozen):
    """Whose an asset is. `doomed` is set before its maker deletes it, so that nobody adopts it any more."""

    file_id: str
    attempt: int
    exposure: int
    sequence: int
    delivery: int
    doomed: bool = False

    @property
    def claim(self) -> Claim:
        return Claim(self.attempt, self.exposure, self.sequence, self.delivery)

    @classmethod
    def of(cls, file_id: str, claim: Claim) -> Self:
        return cls(
            file_id=file_id,
            attempt=claim.attempt,
            exposure=claim.exposure,
            sequence=claim.sequence,
            delivery=claim.delivery,
        )


def place_key(project_id: str, destination: Destination) -> str:
    """The ledger's key for a place in Frame.io; two spellings of one name are one place.

    Args:
        project_id: of the project that the destination names, be it by its name or its id.
    """
    parts = (project_id, *destination.folder, destination.name)
    text = "\0".join(comparable(part) for part in parts)
    return f"place.{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
