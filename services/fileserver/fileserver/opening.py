"""Edge: the file of a request, opened, or why it is not."""

from fileserver.admit import CHANGED, CONFLICT, UNAVAILABLE, Refused
from fileserver.aside import OnTrial
from fileserver.connection import Client
from fileserver.film import Film
from fileserver.films import Films, OtherRevision
from fileserver.live import Live
from fileserver.racing import NobodyWaits, while_wanted
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from fileserver.volume import OpenFile


async def opened(films: Films, live: Live, client: Client) -> OpenFile | Refused:
    """The announced revision, to be closed. Anything else is CHANGED."""
    opening = films.open(Film.of(live.record), is_announced=not isinstance(live, OnTrial))
    try:
        return await while_wanted(live, client, opening)
    except NobodyWaits as ended:
        return ended.refused
    except (FileGone, OtherRevision):
        return CHANGED
    except NotReadable as error:
        return Refused(CONFLICT, f"not readable: {error}")
    except (VolumeAway, DiskTrouble) as error:
        return Refused(UNAVAILABLE, f"the volume: {error}")
