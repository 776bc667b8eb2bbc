"""Pure: what strangers chose, made fit for a terminal.

Names of files and what clients call themselves may hold escape sequences, ends of lines and marks that turn a text
around: they must not move a cursor, nor look like a line of ours.
"""


def printable(text: str, but: str = "") -> str:
    """Whatever cannot be seen stands there as Python would write it.

    Args:
        but: such characters that may stay.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in but else repr(each)[1:-1] for each in text)
