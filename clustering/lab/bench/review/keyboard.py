"""Answers the cards of the review page by its keys, in Chromium."""

from typing import TYPE_CHECKING, Final

from clustering.lab.bench.review.reviewer import Fields, untick_keys
from clustering.models import ReviewItem, Run
from clustering.selectors.review_cards import ReviewCard

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_MS: Final = 60_000
LOOK_MS: Final = 500  # a reviewer's look at a card, during which the page loads the next one
FIRST_LETTERS: Final = 3  # of the name of a cluster, before a look at the options
KEY_OF: Final = {
    "merge": "m",
    "different": "d",
    "ignore": "x",
    "keep": "Enter",
    "out": "o",
}
ANSWERED: Final = "() => window.review.cardAt || document.querySelector('#toasts .toast-bad')"
LISTED: Final = "() => !document.querySelector('#cluster-options[aria-busy]')"
PLACE: Final = """(uid) => [...document.querySelectorAll("#cluster-options [role=option]")]
  .findIndex((option) => option.value === uid)"""


class Keyboard:
    """Presses keys on the review page, and nothing else."""

    def __init__(self, page: "Page", run: Run) -> None:
        self.page, self.run = page, run
        self.n_keys = 0
        self.seen: list[float] = []
        """Seconds from each key to the next card, which can be answered a little later."""

    def shown(self) -> ReviewItem | None:
        """Return the item of the card on the page."""
        item = self.page.locator("#queue-card [name=item]")
        return self.run.review_items.get(pk=item.input_value()) if item.count() else None

    def answer(self, card: ReviewCard, fields: Fields) -> tuple[int, float]:
        """Press the keys of an answer and wait until the next card is painted."""
        before = self.n_keys
        self.page.wait_for_timeout(LOOK_MS)
        self._press(*untick_keys(card, fields))
        if fields.get("verb") == "new":
            self._name(str(fields["name"]))
        elif "verb" in fields:
            self._press(KEY_OF[str(fields["verb"])])
        elif "choice" in fields:
            self._press(str(fields["choice"]).partition(":")[0])
        else:
            self._find(str(fields["cluster"]))
        self.page.wait_for_function(ANSWERED, timeout=PATIENCE_MS)
        refused = self.page.locator("#toasts .toast-bad")
        if refused.count():
            raise RuntimeError(f"{fields} about {card.item} was refused: {refused.inner_text()}")
        at = self.page.evaluate("window.review")
        self.seen.append(((at["seenAt"] or at["cardAt"]) - at["pressedAt"]) / 1000)
        return self.n_keys - before, (at["cardAt"] - at["pressedAt"]) / 1000

    def _name(self, name: str) -> None:
        self._press("n")
        if self.page.locator("[data-focus=n]").input_value() != name:
            self._type(name)
        self._press("Enter")

    def _find(self, uid: str) -> None:
        """Type the name of a cluster until it is listed, and choose it."""
        name = self.run.clusters.get(uid=uid).name
        self._press("/")
        self._type(name[:FIRST_LETTERS])
        for letter in [*name[FIRST_LETTERS:], ""]:
            self.page.wait_for_function(LISTED, timeout=PATIENCE_MS)
            place = self.page.evaluate(PLACE, uid)
            if place >= 0:
                self._press(*["ArrowDown"] * place, "Enter")
                return
            self._type(letter)
        raise RuntimeError(f"{name} is not listed")

    def _press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.n_keys += len(keys)

    def _type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.n_keys += len(text)
