"""Pure: durations and sentences as people say them."""

from datetime import timedelta


def duration(passed: timedelta) -> str:
    """The two largest units that matter: `1 h 4 min`, `3 min 20 s`, `4 s`."""
    seconds = max(0, round(passed.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    if minutes:
        return f"{minutes} min {seconds % 60} s"
    return f"{seconds} s"


def sentence(text: str) -> str:
    """With a capital and a full stop, whoever wrote it; a name at its beginning stays as it is."""
    words = text.strip()
    first = words.partition(" ")[0]
    capital = first.capitalize() if first.isalpha() and first.islower() else first
    return capital + words[len(first) :] + ("" if words.endswith((".", "!", "?")) else ".")
