"""Edge: the uploader's own books, in buckets that nobody else writes.

`deliveries` holds one record for each file (key: its id) and one for each place in Frame.io (project, folder, name)
that is being delivered to. `assets` holds one record for each asset that we made: who claims it.

The order of writes, which makes a crash at any line recoverable:
 1. claim the delivery record          (a reader that lost it writes nothing more)
 2. take the place                     (freed by its holder's end; a holder whose record has ended is passed over)
 3. record the intent, then POST       (a taker-over of an intent waits, looks, adopts, and only then POSTs; it
                                        leaves a doubt then, which is looked into at the end and ten minutes later)
 4. claim the asset, then record it    (whoever lost the delivery record meanwhile deletes the asset, if unadopted)
 5. record a setback, then delete the asset   (whoever takes over deletes it too, and never delivers it)
 6. record the ending, publish it, free the place   (all three are done again when the message comes again)
"""

from collections.abc import Callable
from contextlib import suppress

from postflow.errors import ClaimLost, NotYet, RecordConflict
from postflow.messages import FileExposed
from postflow.records import Held, Records
from uploader.books import AssetRecord, DeliveryRecord, PlaceRecord, Stage
from uploader.claim import Claim, Standing, standing

PLACE_TAKEN_RETRY_S = 10.0
CLAIM_TRIES = 5


class Obsolete(Exception):
    """A later message carries this file on: acknowledge this one and do nothing."""


class PlaceTaken(NotYet):
    """
    Attributes:
        holder_is_stale: who holds the place cannot go on before it gets another address.
    """

    def __init__(self, *, holder_is_stale: bool) -> None:
        super().__init__("another revision of this name is on its way to the same folder", PLACE_TAKEN_RETRY_S)
        self.holder_is_stale = holder_is_stale


class Claimed:
    """A delivery record while we hold the claim on it. It is never read again: whoever wrote it meanwhile has it."""

    def __init__(self, records: Records[DeliveryRecord], exposed: FileExposed, held: Held[DeliveryRecord]) -> None:
        self._records = records
        self._held = held
        self._noted: dict[str, object] = {}
        self.exposed = exposed

    @property
    def record(self) -> DeliveryRecord:
        return self._held.value

    @property
    def file_id(self) -> str:
        return self.exposed.file_id

    def note(self, **changed: object) -> None:
        """It goes on record with the next write."""
        self._noted |= changed

    async def write(self, **changed: object) -> None:
        """Raises ClaimLost when somebody else has written the record."""
        value = self.record.model_copy(update=self._noted | changed)
        try:
            self._held = await self._records.update(self.file_id, value, held=self._held)
        except RecordConflict as conflict:
            raise ClaimLost(f"{self.file_id} was taken over") from conflict
        self._noted.clear()


class Ledger:
    """The books of all replicas."""

    def __init__(
        self, deliveries: Records[DeliveryRecord], places: Records[PlaceRecord], assets: Records[AssetRecord]
    ) -> None:
        self._deliveries = deliveries
        self._places = places
        self._assets = assets

    async def claim(self, exposed: FileExposed, claim: Claim) -> Claimed:
        """Take the delivery record for this message.

        Raises:
            ClaimLost: the same message is in somebody else's hands.
            Obsolete: a later message carries the file on.
        """
        for _ in range(CLAIM_TRIES):
            held = await self._deliveries.get(exposed.file_id)
            match standing(claim, held.value.claim if held else None):
                case Standing.OBSOLETE:
                    raise Obsolete
                case Standing.LOST:
                    raise ClaimLost(f"{exposed.file_id} is in other hands")
            try:
                if held is None:
                    mine = await self._deliveries.create(exposed.file_id, DeliveryRecord.fresh(claim))
                else:
                    mine = await self._deliveries.update(
                        exposed.file_id, held.value.claimed_by(claim, again=exposed.again), held=held
                    )
            except RecordConflict:
                continue
            return Claimed(self._deliveries, exposed, mine)
        raise ClaimLost(f"{exposed.file_id} is claimed by several at once")

    async def take_place(self, claimed: Claimed, place: str) -> None:
        """One delivery at a time to each place.

        Raises:
            PlaceTaken: another file, not yet at its end, is being delivered there.
            NotYet: somebody was faster.
        """
        await self._take_place(claimed.file_id, place)
        if claimed.record.place != place:
            await self.free_place(claimed.file_id, claimed.record.place)  # of an attempt that went elsewhere
            claimed.note(place=place)

    async def _take_place(self, file_id: str, place: str) -> None:
        try:
            await self._places.create(place, PlaceRecord(file_id=file_id))
            return
        except RecordConflict:
            held = await self._places.get(place)
        if held is None:
            raise NotYet("the place has just become free", 0.0)
        if held.value.file_id == file_id:
            return
        holder = await self._deliveries.get(held.value.file_id)
        if holder is not None and holder.value.ending is None:
            raise PlaceTaken(holder_is_stale=holder.value.stage is Stage.STALE)
        try:
            await self._places.update(place, PlaceRecord(file_id=file_id), held=held)
        except RecordConflict as conflict:
            raise NotYet("another revision took the place first", PLACE_TAKEN_RETRY_S) from conflict

    async def free_place(self, file_id: str, place: str | None) -> None:
        held = await self._places.get(place) if place else None
        if not place or held is None or held.value.file_id != file_id:
            return
        try:
            await self._places.delete(place, held=held)
        except RecordConflict:
            return

    async def close(self, file_id: str, record: DeliveryRecord, *, revision: int) -> bool:
        """Write a record that nobody holds; False when somebody has written it since that revision."""
        try:
            await self._deliveries.update(file_id, record, held=Held(record, revision))
        except RecordConflict:
            return False
        return True

    async def claim_new_asset(self, asset_id: str, file_id: str, claim: Claim) -> Held[AssetRecord]:
        """Claim what our own POST made. Raises ClaimLost when a taker-over has adopted it already."""
        try:
            return await self._assets.create(asset_id, AssetRecord.of(file_id, claim))
        except RecordConflict as conflict:
            raise ClaimLost(f"the asset {asset_id} was adopted") from conflict

    async def adopt_asset(self, asset_id: str, file_id: str, claim: Claim) -> bool:
        """Claim what a predecessor's POST made for the same file; whether it is ours now."""
        held = await self._assets.get(asset_id)
        try:
            if held is None:
                await self._assets.create(asset_id, AssetRecord.of(file_id, claim))
                return True
            if held.value.file_id != file_id or held.value.doomed:
                return False
            await self._assets.update(asset_id, AssetRecord.of(file_id, claim), held=held)
            return True
        except RecordConflict:
            return False

    async def disown(self, asset_id: str, file_id: str) -> None:
        """Give up the claim on an asset that we found and that may be somebody else's."""
        held = await self._assets.get(asset_id)
        if held is None or held.value.file_id != file_id or held.value.doomed:
            return
        with suppress(RecordConflict):
            await self._assets.delete(asset_id, held=held)

    async def doom_stray(self, asset_id: str, wanted: Callable[[AssetRecord | None], bool], mine: AssetRecord) -> bool:
        """Mark an asset that was found, and is not the one we delivered, as about to be deleted.

        Args:
            wanted: whether the record that there is of it, if any, lets us.
            mine: the record of one that nobody has claimed.

        Returns:
            False when it is not ours to delete, or somebody has just claimed it.
        """
        held = await self._assets.get(asset_id)
        if not wanted(held.value if held else None):
            return False
        if held is not None:
            return held.value.doomed or await self.doom_asset(asset_id, held)
        try:
            await self._assets.create(asset_id, mine.model_copy(update={"doomed": True}))
            return True
        except RecordConflict:
            return False

    async def doom_asset(self, asset_id: str, held: Held[AssetRecord] | None = None) -> bool:
        """Mark an asset as about to be deleted; False when somebody has adopted it since `held`."""
        held = held or await self._assets.get(asset_id)
        if held is None:
            return True
        try:
            await self._assets.update(asset_id, held.value.model_copy(update={"doomed": True}), held=held)
            return True
        except RecordConflict:
            return False
