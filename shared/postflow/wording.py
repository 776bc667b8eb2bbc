"""Pure: sizes and numbers as people say them."""

_UNITS = ("kB", "MB", "GB", "TB", "PB")


def size(size_bytes: int) -> str:
    """Decimal units, as Frame.io and the Finder count: `1.2 GB`."""
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    amount = float(size_bytes)
    for unit in _UNITS:
        amount /= 1000
        if round(amount, 1) < 1000 or unit == _UNITS[-1]:
            break
    return f"{amount:.1f} {unit}"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
