"""Visitors who come, talk at their own pace and leave for others; and a burst of more than fit in."""

import asyncio
import random
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx2

from tests.load.stories import STORIES, Say, Story, picture
from tests.load.tab import BrokenError, Layout, RefusedError, Shown, Tab, last_answer
from ui.escaping import plain

Kind = Literal["page", "upload", "text", "image"]

#: Seconds that a person reads and writes before a message: from, to.
READING = (3.0, 9.0)
#: Who comes: two of these names together are a visitor's own.
NAMES = (
    *(
        "Ana",
        "Bruno",
        "Carla",
        "Diego",
        "Elena",
        "Felix",
        "Greta",
        "Hugo",
        "Irene",
        "Jorge",
        "Karen",
        "Lucas",
    ),
    *("Marta", "Nadia", "Oscar", "Paula", "Ruben", "Sonia", "Tomas", "Victor", "Wanda", "Xavier", "Yolanda"),
)
#: The share of visitors who begin a new chat on the same page before they leave.
STAY = 0.5
#: Seconds until somebody who was told to wait tries again, and how often they do.
AGAIN_AFTER, TRIES = 2.0, 30


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that a visitor did: ``at`` seconds after the crowd began, with ``first`` and ``whole``
    seconds until the first words and the end. ``fault`` is empty where all was right."""

    kind: Kind
    at: float
    first: float = 0.0
    whole: float = 0.0
    fault: str = ""


@dataclass(slots=True)
class Crowd:
    """What came of visits to ``url``: ``told`` is what was said to those who did not fit in, and ``visits``
    how many persons came."""

    url: str
    layout: Layout
    reading: tuple[float, float] = READING
    records: list[Record] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    visits: int = 0
    began: float = field(default_factory=time.monotonic)

    async def come(self, visitors: int, seconds: float, ramp: float) -> None:
        """So many at a time for so long, the first ones over ``ramp`` seconds. Whoever is there at the end
        finishes what they came for."""
        self.began = time.monotonic()

        async def seat(number: int) -> None:
            chance = random.Random(number)
            await asyncio.sleep(ramp * number / visitors)
            turn = number
            while time.monotonic() - self.began < seconds:
                await Visitor(self, some_stories(turn, chance), chance).visit()
                turn += 1
                await asyncio.sleep(self.reading[0])

        await asyncio.gather(*(seat(number) for number in range(visitors)))

    async def burst(self, visitors: int) -> None:
        """All of them open the page, and then send their first message at the same moment."""
        chance = random.Random(visitors)
        crowd = [Visitor(self, STORIES[:1], chance) for _ in range(visitors)]
        for visitor in crowd:
            await visitor.tab.open()
        self.began = time.monotonic()
        await asyncio.gather(*(visitor.rush() for visitor in crowd))


def some_stories(turn: int, chance: random.Random) -> tuple[Story, ...]:
    """Each story in its turn; now and then with another one for the same page, where a person stays."""
    story = STORIES[turn % len(STORIES)]
    if chance.random() >= STAY:
        return (story,)
    return (
        story,
        chance.choice(
            [other for other in STORIES if other.language == story.language and other is not story]
        ),
    )


class Visitor:
    """One person with a tab and a name of their own. What goes wrong is noted; a failure ends the visit."""

    def __init__(self, crowd: Crowd, stories: tuple[Story, ...], chance: random.Random) -> None:
        self.tab = Tab(crowd.url, crowd.layout, stories[0].language)
        self._crowd = crowd
        self._stories = stories
        self._chance = chance
        self._name = " ".join(chance.sample(NAMES, 2))
        self._said: list[Say] = []
        self._doing: Kind = "page"

    async def visit(self) -> None:
        """Opens the page, tells each story with pauses, beginning a new chat for the next one, and leaves."""

        async def all_of_it() -> None:
            await self._open()
            for number, story in enumerate(self._stories):
                if number:
                    self._said.clear()
                    await self.tab.begin_anew()
                for say in story.turns:
                    await asyncio.sleep(self._chance.uniform(*self._crowd.reading))
                    await self._say(say, story)

        await self._until_a_fault(all_of_it())

    async def rush(self) -> None:
        """Sends the first message at once, on a page that is open, and leaves."""
        story = self._stories[0]
        await self._until_a_fault(self._say(story.turns[0], story))

    async def _until_a_fault(self, doing: Awaitable[None]) -> None:
        self._crowd.visits += 1
        try:
            await doing
        except (BrokenError, RefusedError, TimeoutError, httpx2.HTTPError) as error:
            self._note(fault=f"{type(error).__name__}: {error}")
        finally:
            await self.tab.close()

    async def _open(self) -> None:
        began = time.perf_counter()
        await self.tab.open()
        self._note(whole=time.perf_counter() - began)

    async def _say(self, say: Say, story: Story) -> None:
        files: list[dict[str, Any]] = []
        for picture_name in say.pictures:
            self._doing, began = "upload", time.perf_counter()
            files.append(await self.tab.upload(file_name(self._name, len(files)), picture(picture_name)))
            self._note(whole=time.perf_counter() - began)
        self._doing = "image" if files else "text"
        self._said.append(say)
        shown = await self._sent(say.text.format(name=self._name), files)
        self._crowd.told += shown.told
        fault = fault_of(shown.transcript, story, self._said, self._name)
        self._note(shown.first, shown.whole, fault)

    async def _sent(self, text: str, files: list[dict[str, Any]]) -> Shown:
        for _ in range(TRIES - 1):
            try:
                return await self.tab.send(text, files)
            except RefusedError as refused:
                self._crowd.told.append(str(refused))
                await asyncio.sleep(AGAIN_AFTER)
        return await self.tab.send(text, files)

    def _note(self, first: float = 0.0, whole: float = 0.0, fault: str = "") -> None:
        at = time.monotonic() - self._crowd.began
        self._crowd.records.append(Record(self._doing, at, first, whole, fault))


def file_name(name: str, number: int = 0) -> str:
    return f"{name.replace(' ', '-')}-{number}.jpg"


def fault_of(transcript: list[dict[str, Any]], story: Story, said: list[Say], name: str) -> str:
    """What is wrong with a transcript after ``said``; empty where it is this visitor's, and answers them."""
    own = [message for message in transcript if message["role"] == "user"]
    parts = [part for message in own for part in message["content"]]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    if texts != [plain(say.text.format(name=name)) for say in said]:
        return "mix-up: the transcript is not what this visitor said"
    chips = "".join(part.get("value", "") for part in parts if part["type"] != "text")
    if chips.count(f">{file_name(name)}</li>") != sum(bool(say.pictures) for say in said):
        return "mix-up: the files are not what this visitor sent"
    answer = last_answer(transcript).lower()
    if strange := [words for words in story.never if words in answer]:
        return f"mix-up: {said[-1].text!r} was answered with {strange}"
    if missing := [words for words in said[-1].hear if words not in answer]:
        return f"wrong answer: {said[-1].text!r} was answered without {missing}"
    return ""
