"""Pure: what can be asked for. IMS takes scopes separated by spaces or by commas."""

import re

from simulators.ims.refusals import Refused

OF_A_PERSON = frozenset({"openid", "email", "profile", "offline_access", "additional_info.roles", "AdobeID"})
OF_A_SERVICE = frozenset({"openid", "AdobeID", "frame.s2s.all"})
OFFLINE = "offline_access"


def parse(text: str, known: frozenset[str]) -> frozenset[str]:
    """Raises Refused for none, or for one that there is not."""
    scopes = frozenset(re.split(r"[ ,]+", text.strip())) - {""}
    if not scopes or not scopes <= known:
        raise Refused("invalid_scope", f"unknown scope, or none: {text}", violation="malformed")
    return scopes
