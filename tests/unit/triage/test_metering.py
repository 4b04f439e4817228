"""What the desk tells a meter: how long the logs took, how long the verdict, and each of them once."""

from gerritbot_er.triage.work import Load

from .world import World, report, reported


def test_the_waits_of_a_case_are_counted_from_the_second_of_its_report(world: World) -> None:
    """It is told of five seconds later; the rounds of polls that see its logs are at 20 and 50 seconds."""
    world.pass_(5)
    world.arrive(report(reported(1)))
    world.work()
    world.ready(1, disk_full="OSError: No space left on device")
    world.pass_(31)
    assert world.meter.waits == [], "the count of documents has to stand still first"
    world.pass_(30)
    assert world.meter.waits == [("logs", 50.0), ("explained", 50.0)]
    with world.sightings_file.reading() as db:
        assert db.execute("SELECT logs_after FROM builds").fetchone()[0] == 45.0, "from the receipt on"
    world.pass_(3600)
    assert len(world.meter.waits) == 2


def test_an_unexplained_build_that_is_asked_again_waited_for_its_logs_once(world: World) -> None:
    world.arrive(report(reported(1), reported(2, "functional")))
    world.work()
    assert world.desk.load() == Load(cases=1, waiting=2, asked_again=0)
    world.ready(1)
    world.pass_(70)
    assert world.desk.load() == Load(cases=1, waiting=1, asked_again=1)
    world.pass_(2 * 3600)
    assert [what for what, _ in world.meter.waits] == ["logs", "unexplained"]
    assert world.desk.load() == Load(cases=0, waiting=0, asked_again=0)
