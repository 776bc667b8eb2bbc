"""Pure: attributes in OTLP JSON as plain values."""

import base64
from typing import Any


def attributes(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: value(pair.get("value", {})) for pair in pairs}


def value(any_value: dict[str, Any]) -> Any:
    """OTLP wraps each value in its type; integers come as strings."""
    match any_value:
        case {"intValue": number}:
            return int(number)
        case {"arrayValue": inner}:
            return [value(one) for one in inner.get("values", [])]
        case {"kvlistValue": inner}:
            return attributes(inner.get("values", []))
        case {"bytesValue": encoded}:
            return base64.b64decode(encoded).hex()
        case _:
            return next(iter(any_value.values()), None)
