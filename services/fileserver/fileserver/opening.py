"""Edge: the file of a request, opened, or why it is not."""

from fileserver.admit import CHANGED, CONFLICT, UNAVAILABLE, Refused
from fileserver.connection import Client
from fileserver.live import Live
from fileserver.racing import NobodyWaits, while_wanted
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from fileserver.volume import OpenFile, Revision, Volume


async def opened(volume: Volume, live: Live, client: Client) -> OpenFile | Refused:
    """The announced revision, to be closed. Anything else is CHANGED."""
    record = live.record
    try:
        file = await while_wanted(live, client, volume.open(record.path))
    except NobodyWaits as ended:
        return ended.refused
    except FileGone:
        return CHANGED
    except NotReadable as error:
        return Refused(CONFLICT, f"not readable: {error}")
    except (VolumeAway, DiskTrouble) as error:
        return Refused(UNAVAILABLE, f"the volume: {error}")
    if file.revision != Revision(record.size_bytes, record.mtime_ns):
        file.close()
        return CHANGED
    return file
