"""Edge: answers as people read them, on standard output."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.text import Text

from console.answers import Doctor, Resumed, Status, Story
from console.lines import State
from console.printing import terminal, titled
from postflow.clock import now
from postflow.desk import DeliverAnswer, RehearseAnswer, WhyAnswer
from postflow.messages import Refusal
from postflow.pauses import Pauses
from postflow.questions import LoginBeginAnswer, LoginFinishAnswer, VerifyLogAnswer
from postflow.wording import counted

STYLES = {State.OK: "green", State.LOOK: "yellow", State.RED: "bold red"}
WOULD_BE = {
    "delivered": "would be delivered",
    "inbox": "would be delivered to an inbox",
    "rejected": "would be rejected",
}
"""What a rehearsal says of an outcome; the rest is ignored now as it would be then."""
UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
"""Seconds of a unit and its name, and the same of the one below it."""


def doctor(answer: Doctor) -> None:
    console = terminal()
    table = titled("service", "check", "state", "detail")
    for line in answer.checks:
        detail = f"{line.detail}\n→ {line.what_to_do}" if line.what_to_do else line.detail
        table.add_row(line.service, line.check, Text(line.state, STYLES[line.state]), detail)
    console.print(table)
    console.print(_in_all(Counter(line.state for line in answer.checks)))


def _in_all(states: Counter[State]) -> str:
    if states[State.RED]:
        return f"{states[State.RED]} red: do what → says."
    return f"Nothing is red; {states[State.LOOK]} to look at." if states[State.LOOK] else "All is well."


def status(answer: Status) -> None:
    console = terminal()
    table = titled("state", "files", "oldest", "which")
    if answer.waiting is None:
        table.add_row("waiting", "?", "", "the watcher does not answer: `postflow doctor` says more")
    elif answer.waiting:
        first = answer.waiting_oldest[0]
        table.add_row("waiting", f"{answer.waiting:,}", _age(first.since), f"{first.path}: {first.why}")
    for one in answer.files:
        table.add_row(one.state, f"{one.count:,}", _age(one.oldest_at), one.oldest)
    console.print(table if table.row_count else "Nothing was ever released, and nothing waits.")
    if answer.put_aside:
        number = f"{answer.put_aside:,} message{'s were' if answer.put_aside > 1 else ' was'}"
        console.print(f"{number} put aside: see `postflow parked`.", style="yellow")
    _pauses(console, Pauses(all=answer.pauses))
    _held(console, answer.held)


def why(answer: Story) -> None:
    console = terminal()
    _watchers_word(console, answer)
    for file_id in dict.fromkeys(chapter.file_id for chapter in answer.chapters):
        console.print(f"\n{file_id}")
        table = titled("when (UTC)", "after", "state", "attempt", "what")
        for chapter in (each for each in answer.chapters if each.file_id == file_id):
            after = "" if chapter.after_s is None else duration(chapter.after_s)
            said = f"{chapter.said}\n→ {chapter.what_to_do}" if chapter.what_to_do else chapter.said
            attempt = str(chapter.attempt or "")
            table.add_row(f"{chapter.at:%Y-%m-%d %H:%M:%S}", after, chapter.state, attempt, said)
        console.print(table)


def _watchers_word(console: Console, answer: Story) -> None:
    word = answer.watcher
    if word is None:
        console.print("The watcher does not answer; this is what the stream holds.")
        if not answer.chapters:
            console.print(f"Nothing about {answer.asked}.")
        return
    console.print(f"{word.path or answer.asked}: {word.state}. {_sentence(word.why)}")
    if word.what_to_do:
        console.print(f"→ {word.what_to_do}")
    if word.state == "folder":
        _inside(console, word)


def _inside(console: Console, folder: WhyAnswer) -> None:
    table = titled("file", "state", "why")
    for one in folder.inside:
        frames = f" ({one.frames:,} frames)" if one.frames > 1 else ""
        table.add_row(f"{one.path.removeprefix(f'{folder.path}/')}{frames}", one.state, one.why)
    console.print(table if table.row_count else "There is nothing.")
    if not folder.is_all:
        console.print("And more: ask about a folder further down.", style="yellow")


def delivered(answers: Iterable[DeliverAnswer]) -> None:
    console = terminal()
    table = titled("file", "done", "what")
    for answer in answers:
        said = f"{answer.said}\n→ {answer.what_to_do}" if answer.what_to_do else answer.said
        table.add_row(answer.path or "?", Text("yes", "green") if answer.done else Text("no", "bold red"), said)
    console.print(table if table.row_count else "Nothing has failed.")


def paused(pauses: Pauses) -> None:
    console = terminal()
    if not pauses.all:
        console.print("Nothing is paused.")
    _pauses(console, pauses)


def resumed(answer: Resumed) -> None:
    """What goes on, and what is still paused or held back."""
    console = terminal()
    if answer.volume:
        console.print(f"The volume is the right one as it is mounted now: {answer.volume}.")
    elif answer.left:
        console.print(f"{counted(answer.left, 'file')} left alone, as if they had been there before.")
    elif answer.taken_up:
        are, they_are = ("are", "they are") if answer.taken_up > 1 else ("is", "it is")
        told = f"{counted(answer.taken_up, 'file')} {are} held back no more"
        console.print(f"{told}, and {are} sent when {they_are} quiet and whole.")
    else:
        names = ["everything" if pause.route is None else f"route {pause.route}" for pause in answer.ended]
        console.print(f"Goes on: {', '.join(names)}." if names else "Nothing was paused or held back.")
    _pauses(console, Pauses(all=answer.all))
    _held(console, answer.held)


def rehearsed(page: RehearseAnswer, *, ignored: bool) -> Counter[str]:
    """One page; what it counts of each outcome, and of each reason to ignore something."""
    console = terminal()
    counted: Counter[str] = Counter()
    for problem in page.problems:
        console.print(problem)
    for file in page.files:
        counted[file.outcome if file.outcome != "ignored" else f"ignored: {file.why}"] += 1
        if file.outcome != "ignored" or ignored:
            frames = f" ({file.frames:,} frames)" if file.frames > 1 else ""
            console.print(f"{file.path}{frames}\n    {_arrow(file.outcome, file.to, file.why)}")
    for silent in page.unanswered:
        console.print(f"no answer: {silent}")
    return counted


def where_to_sign_in(answer: LoginBeginAnswer) -> None:
    """The address on a line of its own, in one piece, so that it can be copied."""
    until = f" until {answer.expires_at:%H:%M} UTC" if answer.expires_at else ""
    print(f"Open this address in a browser, sign in and agree{until}:\n\n{answer.authorize_url}\n")
    print(f"The browser then goes to an address that begins with {answer.redirect_uri}.")
    print("It may show an error; that does not matter. Copy that whole address from the browser, and paste it here.")
    print("If Adobe itself shows an error, FRAMEIO_CLIENT_ID or FRAMEIO_REDIRECT_URI is not that of the application in")
    print("the Adobe Developer Console, letter for letter: correct it, start the uploader again, and run this again.")


def signed_in(answer: LoginFinishAnswer) -> None:
    console = terminal()
    console.print(f"Signed in as {answer.user}, account {answer.account}.")
    console.print(f"Projects: {', '.join(answer.projects) or 'none: ask for access to the shows'}.")
    if answer.signed_in_until:
        console.print(f"Unused, the login lasts until {answer.signed_in_until:%Y-%m-%d}.")


def refusal(refused: Refusal) -> str:
    return f"{refused.code}: {refused.why}\n→ {refused.what_to_do}"


def counts(counted: Counter[str], *, all_answered: bool = True) -> None:
    """What a rehearsal has come to. A folder that gave no answer was named before: nobody knows what it holds."""
    console = terminal()
    for outcome, count in sorted(counted.items()):
        console.print(f"{count:,} {WOULD_BE.get(outcome, outcome)}")
    if not counted and all_answered:
        console.print("There is no file in any watch folder there.")


def verified(answer: VerifyLogAnswer) -> None:
    console = terminal()
    for problem in answer.problems:
        console.print(
            f"{problem.place}: {problem.what}" if problem.place else _sentence(problem.what), style="bold red"
        )
    if answer.first is None:
        console.print("There are no lines.")
        return
    console.print(
        f"{answer.lines:,} lines in {counted(answer.files, 'file')}, from {answer.first:,} to {answer.last:,}."
    )
    if not answer.problems:
        console.print("Each hangs from the one before it: the log is as it was written.")
    if answer.remembered is None:
        console.print("NATS remembers none of them: whether the end was cut off cannot be told.", style="yellow")


def duration(seconds: float) -> str:
    """Two units at most: `0.4 s`, `3 min 20 s`, `2 d 4 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    unit, name, below, lower = next(each for each in UNITS if seconds >= each[0])
    whole, rest = divmod(int(seconds), unit)
    return f"{whole} {name}" + (f" {rest // below} {lower}" if rest // below else "")


def _arrow(outcome: str, to: str, why: str) -> str:
    match outcome:
        case "delivered":
            return f"→ {to}"
        case "inbox":
            return f"→ {to} (inbox: {why})"
        case "rejected":
            return f"rejected: {why}; expected {to}"
    return f"ignored: {why}"


def _pauses(console: Console, pauses: Pauses) -> None:
    for pause in pauses.all:
        what = "Everything" if pause.route is None else f"Route {pause.route}"
        console.print(f"{what} is {pause}.", style="yellow")


def _held(console: Console, held: int | None) -> None:
    if held:
        told = f"{counted(held, 'file')} turned new at once and {'are' if held > 1 else 'is'} held back"
        console.print(f"{told}: `postflow resume` sends them, `postflow resume --leave` does not.", style="yellow")


def _age(at: datetime) -> str:
    return f"{duration((now() - at).total_seconds())} ago"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")
