"""Pure: what the uploader's books hold."""

import hashlib
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime

from postflow.decoding import decode
from postflow.destination import Destination, Frozen
from postflow.identity import comparable
from postflow.messages import Message
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

    folder_id: str
    name: str
    at: AwareDatetime
    send_deadline: AwareDatetime


class Posted(Frozen):
    """The asset that Frame.io made for us."""

    asset_id: str
    project_id: str
    folder_id: str
    view_url: str
    at: AwareDatetime


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
        live: a reader is at it now; False while it waits for a scheduled retry or another address.
    """

    attempt: int
    exposure: int
    sequence: int
    delivery: int
    live: bool = True
    stage: Stage = Stage.CLAIMED
    sends: int = 0
    intent: Intent | None = None
    posted: Posted | None = None
    ending: Ending | None = None

    @classmethod
    def fresh(cls, claim: Claim) -> Self:
        return cls(attempt=claim.attempt, exposure=claim.exposure, sequence=claim.sequence, delivery=claim.delivery)

    @property
    def claim(self) -> Claim:
        return Claim(self.attempt, self.exposure, self.sequence, self.delivery)

    def claimed_by(self, claim: Claim) -> Self:
        """A new attempt starts afresh; within one attempt, what was done stays done."""
        if claim.attempt > self.attempt:
            return self.fresh(claim)
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

    @classmethod
    def of(cls, file_id: str, claim: Claim) -> Self:
        return cls(
            file_id=file_id,
            attempt=claim.attempt,
            exposure=claim.exposure,
            sequence=claim.sequence,
            delivery=claim.delivery,
        )


def place_key(destination: Destination) -> str:
    """The ledger's key for a place in Frame.io; two spellings of one name are one place."""
    parts = (destination.project, *destination.folder, destination.name)
    text = "\0".join(comparable(part) for part in parts)
    return f"place.{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
