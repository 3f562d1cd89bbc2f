"""Everything that can happen next: two browsers, their reports, LinkedIn, time, and death, in every order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.faults.walk import protocol
from tests.faults.walk.protocol import ACT_WITHIN, OVER, READ_LAG, Mail, Rules, Task


class Hand(NamedTuple):
    """What a browser's worker has: a lease, and what it read of the person before the act."""

    lease: int
    look_only: bool
    saw: bool | None = None


class Script(NamedTuple):
    """What a browser's page is at: ``asking`` and ``told`` count from sending start, ``may`` down to the deadline."""

    phase: str
    lease: int
    pending: bool = False
    clock: int = 0
    left: int = 0


class Stray(NamedTuple):
    """A start that is under way though nobody waits for its answer any more."""

    lease: int
    run: int
    pending: bool


class Browser(NamedTuple):
    """One installation. ``done`` is the lease under which its journal says that nothing may be started any more."""

    run: int = 0
    hand: Hand | None = None
    script: Script | None = None
    mail: Mail | None = None
    stray: Stray | None = None
    done: int = 0


class Post(NamedTuple):
    """A request to LinkedIn that was sent; ``landed`` is how long ago it took effect, if it did."""

    age: int = 0
    landed: int = -1


class World(NamedTuple):
    """A moment."""

    task: Task = Task()
    browsers: tuple[Browser, Browser] = (Browser(), Browser())
    posts: tuple[Post, ...] = ()
    acts: int = 0


Step = tuple[str, int]
"""What happens, and to which browser (or request)."""
Move = tuple[str, Task, Browser]


def landed(world: World) -> int:
    """How many invitations LinkedIn holds."""
    return sum(post.landed >= 0 for post in world.posts)


def steps(world: World, rules: Rules) -> Iterator[tuple[Step, World]]:
    """Every next moment, each with the name of the step that leads there."""
    if _idle(world):
        return
    yield ("a quarter of a minute passes", -1), _tick(world, rules)
    for number, post in enumerate(world.posts):
        if post.landed < 0:
            posts = (*world.posts[:number], Post(post.age, 0), *world.posts[number + 1 :])
            yield ("the request lands", number), world._replace(posts=posts)
    for me, browser in enumerate(world.browsers):
        for name, task, then in _moves(world, me, browser, rules):
            acted = name == "acts"
            pair = (then, world.browsers[1]) if me == 0 else (world.browsers[0], then)
            posts = (*world.posts, Post()) if acted else world.posts
            yield (name, me), World(task, _current(task, pair, rules), posts, world.acts + acted)


def _idle(world: World) -> bool:
    """Whether nothing can happen any more that would matter."""
    if world.task.state not in OVER or (world.acts > 1 and any(post.landed < 0 for post in world.posts)):
        return False
    return all(one.script is None or one.script.phase == "acted" for one in world.browsers)


def _tick(world: World, rules: Rules) -> World:
    posts = tuple(
        Post(min(rules.flight, post.age + 1), min(READ_LAG, post.landed + 1) if post.landed >= 0 else -1)
        for post in world.posts
        if post.landed >= 0 or post.age < rules.flight
    )
    task = protocol.passed(world.task, rules)
    a, b = (one._replace(script=_older(one.script)) for one in world.browsers)
    return World(task, _current(task, (a, b), rules), posts, world.acts)


def _older(script: Script | None) -> Script | None:
    if script is None or script.phase == "acted":
        return script
    if script.phase == "may":
        return script._replace(clock=max(0, script.clock - 1))
    return script._replace(clock=min(ACT_WITHIN, script.clock + 1))


def _current(task: Task, browsers: tuple[Browser, Browser], rules: Rules) -> tuple[Browser, Browser]:
    """Without what can have no effect any more, so that fewer moments differ."""
    a, b = (_without_stale(task, one, rules) for one in browsers)
    return a, b


def _without_stale(task: Task, browser: Browser, rules: Rules) -> Browser:
    if browser.mail is not None and browser.mail.lease not in (task.lease, task.act_lease):
        browser = browser._replace(mail=None)
    if browser.done not in (task.lease, task.act_lease):
        browser = browser._replace(done=0)
    if not rules.holder:
        return browser
    if browser.stray is not None and browser.stray.lease != task.lease:
        browser = browser._replace(stray=None)
    # Without `start` nobody is told that a lease has ended, so a browser acts on it all the same.
    if browser.hand is not None and browser.hand.lease != task.lease and (rules.start or browser.hand.look_only):
        browser = browser._replace(hand=None)
    return browser


def _moves(world: World, me: int, browser: Browser, rules: Rules) -> Iterator[Move]:
    task, script = world.task, browser.script
    if browser.hand is not None:
        yield from _worker(world, me, browser, browser.hand, rules)
    elif browser.mail is None and script is None:
        # One thing at a time: a browser whose report is not delivered asks for nothing else.
        given = protocol.lease(task, me, rules)
        if given.holder == me and browser.done != given.lease:
            yield "asks for work", given, browser._replace(hand=Hand(given.lease, given.look_only))
    if script is not None:
        yield from _page(world, me, browser, script, rules)
    if browser.mail is not None:
        yield "is heard", protocol.finish(task, me, browser.mail, rules), browser._replace(mail=None)
    if browser.stray is not None:
        stray = browser.stray
        after, _ = protocol.start(task, me, stray.run, stray.lease, stray.pending, rules)
        yield "has a stray start heard", after, browser._replace(stray=None)
    if browser.run < rules.most_deaths and (script is not None or browser.hand is not None):
        # Not even its journal is sure to be there again: what is stored is not promised to be on the disk.
        yield "dies and comes back", task, Browser(browser.run + 1, mail=browser.mail, stray=_stray(browser))


def _stray(browser: Browser) -> Stray | None:
    script = browser.script
    if script is None or script.phase != "asking":
        return browser.stray
    return Stray(script.lease, browser.run, script.pending)


def _seen(world: World) -> tuple[bool, ...]:
    """What a read may show of our invitation."""
    if any(post.landed >= READ_LAG for post in world.posts):
        return (True,)
    return (True, False) if landed(world) else (False,)


def _worker(world: World, me: int, browser: Browser, hand: Hand, rules: Rules) -> Iterator[Move]:
    task, free = world.task, browser._replace(hand=None)
    if hand.look_only:
        for seen in _seen(world):
            mail = Mail(hand.lease, browser.run, "present" if seen else "absent", closed=True)
            yield f"closes its tab and sees it {mail.word}", task, free._replace(mail=mail)
            if not seen and (me, browser.run) == (task.by, task.run):
                yield "sees it absent", task, free._replace(mail=mail._replace(closed=False))
    elif hand.saw is None:
        for seen in _seen(world):
            name = "reads that it is pending" if seen else "reads that nothing is pending"
            yield name, task, browser._replace(hand=hand._replace(saw=seen))
    elif rules.start:
        yield "sends start", task, free._replace(script=Script("asking", hand.lease, hand.saw))
    elif not hand.saw:
        ready = Script("may", hand.lease, clock=ACT_WITHIN)
        yield "makes ready to act", task, free._replace(script=ready, done=hand.lease)


def _page(world: World, me: int, browser: Browser, script: Script, rules: Rules) -> Iterator[Move]:
    task = world.task
    if script.phase == "acted":
        quiet = browser._replace(script=None)
        yield "reports unknown", task, quiet._replace(mail=Mail(script.lease, browser.run, "unknown"))
        if landed(world):
            yield "reports sent", task, quiet._replace(mail=Mail(script.lease, browser.run, "sent"))
        return
    if script.phase == "asking":
        after, left = protocol.start(task, me, browser.run, script.lease, script.pending, rules)
        told = None if left is None else script._replace(phase="told", left=left)
        yield "has start answered", after, browser._replace(script=told)
    elif script.phase == "told":
        # Counted from the first sending; asked again, the server answers what is left.
        clock = max(0, min(ACT_WITHIN - script.clock, script.left))
        yes = Script("may", script.lease, clock=clock)
        yield "hears yes", task, browser._replace(script=yes, done=script.lease)
        yield "hears nothing and asks again", task, browser._replace(script=script._replace(phase="asking", left=0))
    elif script.clock or not rules.deadline:
        yield "acts", task, browser._replace(script=Script("acted", script.lease))
    given_up = Mail(script.lease, browser.run, "not_attempted")
    quiet = browser._replace(script=None, mail=given_up, stray=_stray(browser), done=script.lease)
    yield "gives up and says so", task, quiet


def key(world: World) -> tuple[object, ...]:
    """The same for moments that differ only in the names of leases and of browsers."""
    a, b = world.browsers
    return min(_named(world, (0, 1), (a, b)), _named(world, (1, 0), (b, a)))


def _named(world: World, order: tuple[int, int], browsers: tuple[Browser, Browser]) -> tuple[object, ...]:
    names: dict[int, int] = {0: 0}

    def name(lease: int) -> int:
        return names.setdefault(lease, len(names))

    task = world.task
    who = (order[0], order[1], -1)
    said = (
        task.state, name(task.lease), who[task.holder], task.left, task.look_only, task.attempts, task.fruitless,
        task.acts, task.age, name(task.act_lease), who[task.by], task.run, task.said, task.absent, task.look,
        task.elsewhere, task.wait,
    )  # fmt: skip
    parts: list[tuple[object, ...]] = []
    for one in browsers:
        hand = () if one.hand is None else (name(one.hand.lease), one.hand.look_only, _SAW[one.hand.saw])
        script = () if one.script is None else (one.script[0], name(one.script.lease), *one.script[2:])
        mail = () if one.mail is None else (name(one.mail.lease), *one.mail[1:])
        stray = () if one.stray is None else (name(one.stray.lease), *one.stray[1:])
        parts.append((one.run, hand, script, mail, stray, name(one.done)))
    return said, *parts, tuple(sorted(world.posts)), world.acts


_SAW = {None: 0, False: 1, True: 2}
