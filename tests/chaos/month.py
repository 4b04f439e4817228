"""A simulated month: one seed draws the traffic, the faults and every chance; the daemon lives through it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from gerritbot_er.ci import find_report
from gerritbot_er.errors import GerritbotError
from gerritbot_er.model import Change as EventChange
from gerritbot_er.model import CIReport, CommentAdded
from gerritbot_er.ports import Failpoint
from gerritbot_er.settings import (
    CI,
    ChannelRule,
    ClusterStore,
    Irc,
    LocalStore,
    OutageRules,
    Rule,
    Settings,
    Signatures,
    Speaking,
)
from gerritbot_er.settings import Gerrit as GerritSettings
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import PAUSE, StoredBrakes, open_state
from gerritbot_er.triage.way import World

from . import logs, traffic
from .connection import Line, SimulatedConnection
from .gerrit import BOT, Change, Gerrit, Said
from .life import Irc as IrcPeer
from .life import Killed, Life, Surroundings, WorkerEnded
from .timeline import DAY, HOUR, MINUTE, SimulatedClock, Timeline
from .weather import Fault, Spell, Weather, forecast

END = 28 * DAY
_SLOWEST_RESTART = 30.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A comment of ours as Gerrit got it: ``looked`` is when the poster last looked whether it may."""

    said: Said
    looked: float
    late_since: float | None
    paused_since: float | None


@dataclass(slots=True)
class Story:
    """What happened, in order: (the month's second, the change it is about or 0, in words)."""

    lines: list[tuple[float, int, str]] = field(default_factory=list)

    def of(self, change: int) -> list[str]:
        """What concerns this change, and everyone."""
        return [f"{at:10.1f}  {text}" for at, about, text in self.lines if about in (0, change)]


class Month:
    """``live`` lets it pass.  ``alter`` puts something careless into the world of each life."""

    def __init__(self, seed: int, folder: Path, *, alter: Callable[[World], World] = lambda world: world) -> None:
        self.seed = seed
        self.folder = folder
        self._alter = alter
        self.timeline = Timeline()
        self.story = Story()
        self.recording = traffic.recording_of(seed)
        weather = self._chance("weather")
        self.busy = traffic.busy_hours(weather)
        self.weather = Weather(self.timeline, self._chance("faults"), forecast(weather, self.busy))
        self.gerrit = Gerrit(self.timeline, ahead=weather.choice((0.0, 0.0, weather.uniform(-300, 300), DAY, -DAY)))
        self.clock = SimulatedClock(self.timeline, ahead=0.0)
        self.settings = settings(self.recording, folder)
        self.builds = logs.Builds(self.timeline, seed)
        self.irc = IrcPeer(self.weather)
        self.reports: list[tuple[Said, CIReport]] = []
        self.arrivals: list[Arrival] = []
        self.starts: list[float] = []
        self.muted: list[tuple[str, float, float]] = []
        self.ends: Counter[str] = Counter()
        self.life: Life | None = None
        self.last: Life | None = None
        self._paused_since: float | None = None
        self._down_for = self._chance("restarts")
        self._line = Line(self.timeline, self._chance("line"), self.weather, self.gerrit)
        self._ssh = self._chance("ssh")
        self._around = self._surroundings()
        self._prepare()

    def live(self) -> None:
        """From the first start to the end of the month."""
        random.seed(self.seed)  # catching up draws its waits from there
        while self.timeline.now < END:
            rest = self._one_life()
            if self.timeline.now < END:
                self.timeline.run_until(min(END, self.timeline.now + rest))

    def _one_life(self) -> float:
        """Returns the seconds until the next start."""
        rest = self._down_for.uniform(1.0, _SLOWEST_RESTART)
        try:
            self.note("the daemon starts")
            self.starts.append(self.timeline.now)
            self._down = 0.0
            self.life = life = Life(self._around)
            self._arm()
            life.live()
            self._ended("stopped")
        except Killed:
            self._ended("killed")
        except GerritbotError as error:
            self._ended_by(error)
        except WorkerEnded as end:
            if not isinstance(end.error, GerritbotError):
                raise
            self._ended_by(end.error)
        finally:
            if self.life:
                self.life.end()
            self.last, self.life = self.life, None
        return self._down or rest

    def note(self, text: str, change: int = 0) -> None:
        """For the story."""
        self.story.lines.append((self.timeline.now, change, text))

    def _ended(self, how: str) -> None:
        self.ends[how] += 1
        self.note(f"the daemon {how}")

    def _ended_by(self, error: GerritbotError) -> None:
        self._ended(f"ended by itself ({type(error).__name__})")
        self.note(str(error))

    # -- making it

    def _chance(self, name: str) -> Random:
        """A stream of chances of its own, so that one part's draws do not change another's."""
        return Random(f"{self.seed} {name}")  # noqa: S311 - it is to come out the same again

    def _surroundings(self) -> Surroundings:
        timeline, weather, builds = self.timeline, self.weather, self.builds
        return Surroundings(
            timeline=timeline,
            chance=self._chance("life"),
            weather=weather,
            settings=self.settings,
            library=Library(logs.SIGNATURES),
            folder=self.folder,
            clock=self.clock,
            stores={
                "cluster": logs.Cluster(timeline, self._chance("cluster"), weather, builds),
                "files": logs.Files(timeline, self._chance("files"), weather, builds),
            },
            infos={ci.name: logs.Server(timeline, self._chance(ci.name), weather, builds) for ci in self.settings.cis},
            notices=self.irc,
            sightings=self.seed % 4 == 0,
            connect=lambda: SimulatedConnection(
                timeline, self._ssh, weather, self.gerrit, line=self._line, posting=self._posting
            ),
            note=self.note,
            alter=self._alter,
        )

    def _prepare(self) -> None:
        self.gerrit.heard = self._heard
        for fault in Fault:
            self.weather.when(fault, lambda spell: self.note(f"{spell.fault.name} until {spell.end:.0f}"))
        self._operate()
        self._end_lives()
        for fault in (Fault.DISK_FULL, Fault.DISK_READONLY):
            self.weather.when(fault, self._fill_disk)
        chance = self._chance("clock")
        self.weather.when(Fault.CLOCK_STEPPED, lambda _: self._step_clock(chance.uniform(-HOUR, HOUR)))
        if self.recording:
            traffic.play(self.recording, self.gerrit, self.timeline, self._chance("traffic"))
        else:
            traffic.invent(self.gerrit, self.timeline, self._chance("traffic"), self.busy)
        # What a server dates that is a day behind, and was never heard before it was lost, nobody can place.
        self.timeline.at(2 * MINUTE, lambda: self.gerrit.murmur(self.settings.cis[0].account))
        self.timeline.at(END, self._over)

    def _over(self) -> None:
        """A quiet stream has history read each five minutes, which may be just now and has ten to end."""
        if self.life and self.life.way.catch_up._reading and self.timeline.now < END + 10 * MINUTE:
            self.timeline.after(1.0, self._over)
        elif self.life:
            raise Killed

    # -- what is said on Gerrit

    def _heard(self, said: Said) -> None:
        change = self.gerrit.changes[said.change]
        shown = EventChange(said.change, change.project, change.branch)
        report = find_report(CommentAdded(shown, said.patchset, said.author, said.text, said.at), self.settings.cis)
        self.note(
            f"{said.author} on patch set {said.patchset}: {said.text.strip().rpartition(chr(10))[2]}", said.change
        )
        if report is not None:
            self.builds.report(report)
            self.reports.append((said, report))
            self.timeline.after(2 * MINUTE, lambda: self.gerrit.murmur(said.author))

    def _posting(self, change: Change, patchset: int, message: str, looked: float) -> None:
        said = Said(change.number, patchset, BOT, message, self.gerrit.second(), self.timeline.now)
        self.arrivals.append(Arrival(said, looked, change.too_late(patchset), self._paused_since))

    # -- the operator

    def _operate(self) -> None:
        chance = self._chance("operator")
        self.weather.when(Fault.PAUSED, self._pause)
        self.weather.when(Fault.MUTED, lambda spell: self._mute(spell, chance.choice(logs.SIGNATURES).name))

    def _brakes(self, move: Callable[[StoredBrakes], object]) -> None:
        """As the commands do, from a process of their own."""
        with open_state(self.folder) as state:
            move(StoredBrakes(state))

    def _pause(self, spell: Spell) -> None:
        self._brakes(lambda brakes: brakes.put_on(PAUSE, None))
        self.weather.bitten[Fault.PAUSED] += 1
        if self._paused_since is None:
            self._paused_since = self.timeline.now
        self.timeline.at(spell.end, self._resume)

    def _resume(self) -> None:
        if not self.weather.on(Fault.PAUSED):
            self._brakes(lambda brakes: brakes.take_off(PAUSE))
            self._paused_since = None
            self.note("the operator takes the pause off")

    def _mute(self, spell: Spell, signature: str) -> None:
        self._brakes(lambda brakes: brakes.put_on(f"mute {signature}", None))
        self.weather.bitten[Fault.MUTED] += 1
        self.muted.append((signature, spell.begin, spell.end))
        self.timeline.at(spell.end, lambda: self._brakes(lambda brakes: brakes.take_off(f"mute {signature}")))

    # -- the machine

    def _end_lives(self) -> None:
        chance = self._chance("ends")
        self.weather.when(Fault.KILLED, lambda spell: self._kill(spell.fault, 0.0))
        self.weather.when(Fault.REBOOTED, lambda spell: self._kill(spell.fault, chance.uniform(MINUTE, 6 * HOUR)))
        self.weather.when(Fault.STOPPED, lambda _: self._stop(chance.uniform(1.0, 3 * HOUR)))
        self.weather.when(Fault.KILLED_AT_FAILPOINT, lambda _: self._arm(always=True))

    def _kill(self, fault: Fault, down: float) -> None:
        if self.life:
            self._down = down
            self.weather.bitten[fault] += 1
            if fault is Fault.REBOOTED:
                self.clock.booted = self.timeline.now + down
            raise Killed

    def _stop(self, down: float) -> None:
        if self.life:
            self._down = down
            self.weather.bitten[Fault.STOPPED] += 1
            self.life.stop()

    def _arm(self, *, always: bool = False) -> None:
        """It will be killed at the next passing of a failpoint; while the spell lasts sometimes again and again."""
        chance = self._down_for
        if self.life and self.weather.on(Fault.KILLED_AT_FAILPOINT) and (always or chance.random() < 0.5):
            self.life.armed = chance.choice(list(Failpoint))

    def _fill_disk(self, spell: Spell) -> None:
        def limit() -> None:
            if self.life:
                self.life.limit_disk()

        self.weather.bitten[spell.fault] += 1
        limit()
        self.timeline.at(spell.end, limit)

    def _step_clock(self, by: float) -> None:
        self.weather.bitten[Fault.CLOCK_STEPPED] += 1
        self.clock.ahead += by
        self.note(f"our clock is set by {by:.0f} s")


def settings(recording: traffic.Recording | None, folder: Path) -> Settings:
    """Zuul's logs are in a cluster, those of Jenkins are files; of a recording its own CI alone, which is on."""
    cis = (
        CI(name="zuul", kind="zuul", account=traffic.ZUUL, log_store="cluster", web="https://zuul.example.org"),
        CI(name="jenkins", kind="jenkins", account=traffic.JENKINS, log_store="files"),
    )
    if recording:
        store = "cluster" if recording.kind == traffic.ZUUL else "files"
        cis = (CI(name="recorded", kind=recording.kind, account=recording.account, log_store=store),)  # type: ignore[assignment,arg-type]
    return Settings(
        gerrit=GerritSettings(host="review.example.org", username=BOT, key=Path("key"), known_hosts=Path("hosts")),
        cis=cis,
        log_stores={
            "cluster": ClusterStore(kind="opensearch", url="https://search.example.org"),
            "files": LocalStore(kind="local"),
        },
        signatures=Signatures(directories=(folder,)),
        irc=Irc(host="irc.example.org", nick="erbot", channels=(ChannelRule(name="#gate"),)),
        rules=(
            Rule(mode="off", projects=("example/off",)),
            Rule(mode="shadow", projects=("example/shadow",)),
            Rule(mode="on"),
        ),
        speaking=Speaking(per_patchset=3, per_hour=4),
        outage=OutageRules(changes=2, authors=1, window=6 * HOUR, quiet=HOUR),
        state=folder,
    )
