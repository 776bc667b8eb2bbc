"""Pure: an exposure for tests."""

from datetime import timedelta

from fileserver.exposure import Exposure, State
from tests.examples import AT, ready

EXPOSURE_ID = "abcdefghijklmnopqrstuv"


def exposure(**changed: object) -> Exposure:
    own: dict[str, object] = {
        "exposure": 1,
        "state": State.OPEN,
        "exposure_id": EXPOSURE_ID,
        "opened_at": AT,
        "expires_at": AT + timedelta(days=1),
    }
    return Exposure.of(ready(), **(own | changed))
