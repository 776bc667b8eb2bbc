"""Pure: what a channel should show of a story and how far it is, as the bucket `posts` keeps it.

States only move forward. The order of writes: what should be shown and until when a request may be on its way
(`sending_until`), then the request, then what came of it. A crash between the request and the last write leaves
`sending_until` behind; whoever finds it waits until it is over and posts again: the one window in which a card may
repeat, and it is counted.
"""

from datetime import datetime

from pydantic import AwareDatetime

from notifier.card import Card, Line, State, Wish
from postflow.destination import Frozen

_ARRIVED = 2
_STAGES = {
    State.WAITING: 0,
    State.RAISED: 0,
    State.PARKED: 0,
    State.REJECTED: 1,
    State.FAILED: 1,
    State.SUPERSEDED: 1,
    State.CLEARED: 1,
    State.DELIVERED: _ARRIVED,
    State.PLAYABLE: _ARRIVED,
}


class Post(Frozen):
    """
    Attributes:
        card: what should be shown.
        settled: nothing is left to do for it, because it is shown or because it stays quiet.
        message_id: of the message that shows this story; None while there is none that we know of.
        sending_until: a request may be on its way until then.
        unanswered: a message may have been posted whose id we never learned.
    """

    channel: str
    card: Card
    settled: bool = False
    message_id: str | None = None
    sending_until: AwareDatetime | None = None
    unanswered: bool = False

    def sending(self, until: datetime) -> "Post":
        """An earlier request that nobody recorded the end of may have posted a message."""
        unknown = self.message_id is None and self.sending_until is not None
        return self.model_copy(update={"sending_until": until, "unanswered": self.unanswered or unknown})

    def shown_by(self, message_id: str) -> "Post":
        told = {"message_id": message_id, "settled": True, "sending_until": None, "unanswered": False}
        return self.model_copy(update=told)

    def not_sent(self) -> "Post":
        return self.model_copy(update={"sending_until": None})

    def without_answer(self) -> "Post":
        """An edit may be done twice; only a new message would be another card."""
        unknown = self.unanswered or self.message_id is None
        return self.model_copy(update={"sending_until": None, "unanswered": unknown})

    def without_message(self) -> "Post":
        return self.model_copy(update={"message_id": None})


def next_post(post: Post | None, wish: Wish) -> Post | None:
    """What the record becomes when a wish is heard; None when it changes nothing and nothing is left to do."""
    if post is None:
        return Post(channel=wish.channel, card=wish.card, settled=not wish.opens)
    card = _forward(post.card, wish.card)
    if card == post.card:
        return None if post.settled else post
    stays_quiet = not wish.opens and post.message_id is None
    return post.model_copy(update={"card": card, "settled": stays_quiet})


def _forward(shown: Card, wished: Card) -> Card:
    if _failed_after_arrival(shown, wished):
        return _with_later_failure(shown, wished)
    ahead = wished if _standing(wished) > _standing(shown) else shown
    if _is_one_arrival(shown, wished):
        # They may come in any order, and only the delivery knows how long it took.
        more, less = sorted((shown, wished), key=lambda card: len(card.lines), reverse=True)
        return ahead.model_copy(update={"lines": tuple(dict.fromkeys((*more.lines, *less.lines)))})
    return ahead


def _is_one_arrival(shown: Card, wished: Card) -> bool:
    return _STAGES[shown.state] == _STAGES[wished.state] == _ARRIVED and shown.attempt == wished.attempt


def _standing(card: Card) -> tuple[int, int, bool, datetime]:
    return _STAGES[card.state], card.attempt, card.state is State.PLAYABLE, card.at


def _failed_after_arrival(shown: Card, wished: Card) -> bool:
    return wished.state is State.FAILED and _STAGES[shown.state] == _ARRIVED and wished.attempt > shown.attempt


def _with_later_failure(shown: Card, failed: Card) -> Card:
    """What was delivered stays delivered; that a later attempt failed is said on the same card."""
    label = f"Attempt {failed.attempt} failed"
    others = tuple(line for line in shown.lines if line.label != label)
    to_do = next((line.text for line in failed.lines if line.label == "What to do"), "")
    return shown.model_copy(update={"lines": (*others, Line(label=label, text=f"{failed.says} {to_do}".strip()))})
