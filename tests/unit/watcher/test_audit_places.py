"""Which paths that an audit trail names concern us."""

import unicodedata

from watcher.sightings.audit_places import near_to
from watcher.volume import Listing, Unanswered


class Large:
    """A volume with a folder of many files, written as a Mac does."""

    def __init__(self, count: int) -> None:
        self.names = tuple(unicodedata.normalize("NFD", f"é{number}.mov") for number in range(count))
        self.listed: list[str] = []
        self.is_mute = False

    def list(self, folder: str) -> Listing | None:
        self.listed.append(folder)
        if self.is_mute:
            raise Unanswered("Input/output error")
        return Listing(self.names, (), ())


def test_a_folder_is_listed_once_however_many_of_its_files_are_named() -> None:
    volume = Large(2000)
    near, _ = near_to([f"EXPORTS/é{number}.mov" for number in range(2001)], ["EXPORTS"], volume)
    assert near == [f"EXPORTS/{name}" for name in volume.names]
    assert volume.listed == ["EXPORTS"]


def test_one_that_gives_no_answer_is_not_asked_again_for_each() -> None:
    volume = Large(0)
    volume.is_mute = True
    assert near_to([f"EXPORTS/é{number}.mov" for number in range(10)], ["EXPORTS"], volume) == ([], False)
    assert volume.listed == ["EXPORTS"]
