"""Pure: a message of each kind, for tests of whoever reads or writes them."""

from datetime import UTC, datetime

from postflow.destination import Destination
from postflow.identity import file_id
from postflow.messages import FileDelivered, FileExposed, FileFailed, FileReady

AT = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
PATH = "SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov"


def destination(**changed: object) -> Destination:
    return Destination.model_validate(
        {
            "show": "undlm",
            "route": "shots",
            "fields": {"shot": "00003", "sequence": "INTRO", "scene": "01"},
            "project": "UNDLM",
            "folder": ("WIP_BYSHOT", "SC01_SEQ_INTRO"),
            "name": "SQ01_UNDLM_00003_v001.mov",
            "version": 1,
            "channel": "default",
        }
        | changed
    )


def about_file(**changed: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "filespace": "local",
        "path": PATH,
        "size_bytes": 1000,
        "mtime_ns": 1_700_000_000_000_000_000,
        "changed_at": AT,
        "attempt": 1,
        "at": AT,
        "destination": destination(),
    } | changed
    fields["file_id"] = file_id(
        str(fields["filespace"]), str(fields["path"]), int(str(fields["size_bytes"])), int(str(fields["mtime_ns"]))
    )
    return fields


def ready(**changed: object) -> FileReady:
    return FileReady.model_validate(about_file(**changed))


def exposed(**changed: object) -> FileExposed:
    told = {"exposure": 1, "public_url": "https://film.example/x/abc/1/k/sig", "expires_at": AT}
    return FileExposed.model_validate(about_file(**(told | changed)))


def delivered(**changed: object) -> FileDelivered:
    told = {
        "exposure": 1,
        "asset_id": "a1",
        "project_id": "p1",
        "folder_id": "f1",
        "view_url": "https://next.frame.io/project/p1/view/a1",
        "posted_at": AT,
    }
    return FileDelivered.model_validate(about_file(**(told | changed)))


def failed(**changed: object) -> FileFailed:
    told = {"service": "uploader", "code": "FRAMEIO_REFUSED", "why": "it said no", "what_to_do": "Ask it why."}
    return FileFailed.model_validate(about_file(**(told | changed)))
