"""Pure: what the text of a field may look like, and how to say so to an artist."""

import re
from dataclasses import dataclass

from postflow.identity import comparable
from postflow.routing.problems import Mistakes
from postflow.routing.spelling import folded

_WORD = r"[^/_.\s]+"
_DIGITS = re.compile(r"(?:(\d+)(?:-(\d+))?)?d", re.ASCII)
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Form:
    strict: str
    """Regex for the folded text."""
    loose: str
    """What was probably meant as this field, so that a wrong name gets a reason and the right form."""
    says: str
    """After "needs": `5 digits`."""
    options: tuple[str, ...] = ()
    """Every text it can be; empty if there is no list of them."""
    digits: tuple[int, int] | None = None
    """Least and most of them."""
    always: bool = True
    """False if a name may fit the pattern without it (an optional group of a regex)."""

    def suits(self, text: str) -> bool:
        return re.fullmatch(self.strict, folded(text)) is not None

    def canonical(self, text: str) -> str:
        """One spelling for all that are equal: the option's own, else capitals."""
        same = folded(text)
        spelled = next((option for option in self.options if folded(option) == same), same.upper())
        return comparable(spelled)

    def meant(self, text: str) -> str | None:
        """The right form of a wrong text, if there is just one: 0003 for five digits is 00003."""
        if self.suits(text):
            return text
        if self.digits is None or not (text.isascii() and text.isdigit()):
            return None
        least, most = self.digits
        right = text.lstrip("0").rjust(least, "0")
        return right if len(right) <= most else None

    def needs(self, text: str) -> str:
        """`5 digits, like 00003`."""
        if self.digits is None:
            return self.says
        return f"{self.says}, like {self.meant(text) or '1'.rjust(self.digits[0], '0')}"


def word() -> Form:
    return Form(_WORD, _WORD, "one word, without _ or .")


def anything() -> Form:
    return Form("[^/]+", "[^/]+", "some text")


def captured() -> Form:
    """A named group of a regex: nothing is known about it."""
    return Form(".*", ".*", "some text", always=False)


def choice(*options: str) -> Form:
    strict = "|".join(re.escape(folded(option)) for option in options)
    loose = strict if len(options) == 1 else _WORD
    says = options[0] if len(options) == 1 else f"one of {', '.join(options)}"
    return Form(f"(?:{strict})", f"(?:{loose})", says, options=options)


def digits(least: int, most: int) -> Form:
    count = str(least) if least == most else f"{least} to {most}"
    says = f"{count} digit{'' if most == 1 else 's'}"
    return Form(f"[0-9]{{{least},{most}}}", "[0-9]+", says, digits=(least, most))


def parse_form(text: str) -> Form:
    """Read what stands after the colon in `{shot:5d}`.

    Raises:
        Mistakes: it is none of the known forms.
    """
    if text == "*":
        return anything()
    if match := _DIGITS.fullmatch(text):
        least = int((match[1] or "1")[:9])
        most = int((match[2] or (match[1] or str(MOST_DIGITS)))[:9])
        if 1 <= least <= most <= MOST_DIGITS:
            return digits(least, most)
    options = text.split("|")
    if len(options) > 1 and all(re.fullmatch(r"[^/{}\s]+", option) for option in options):
        return choice(*options)
    raise Mistakes([(f'the form "{text}"', "5d, 2-4d or d (digits, 9 at most), comp|anim (one of these), or *")])
