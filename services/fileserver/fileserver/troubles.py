"""Pure: why the mounted filespace gives a file not, or not now."""


class VolumeAway(Exception):
    """The volume as a whole is not there."""


class FileGone(Exception):
    """The volume is there, and nothing is at that path."""


class NotReadable(Exception):
    """Something is there that may not or cannot be opened: a link, a folder, no permission."""


class DiskTrouble(Exception):
    """The mount failed or did not answer in time; it may next time."""
