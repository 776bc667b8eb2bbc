"""What a service says of itself: that it lives, whether it can work and why not, and its numbers."""

import httpx

from postflow.checks import Check
from postflow.health import Health


def client(health: Health) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(health.app()), base_url="http://health")


async def test_a_service_that_answers_lives_whatever_is_wrong_with_it() -> None:
    health = Health()
    health.add("nats", lambda: Check(False, "the connection to NATS is lost"))
    async with client(health) as asking:
        answer = await asking.get("/livez")
    assert (answer.status_code, answer.text) == (200, "alive\n")


async def test_a_service_of_which_all_is_well_is_ready() -> None:
    health = Health()
    health.add("nats", lambda: Check(True, "connected"))
    async with client(health) as asking:
        answer = await asking.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"nats": {"ok": True, "detail": "connected", "what_to_do": ""}}}


async def test_a_service_that_cannot_work_says_why_and_what_to_do() -> None:
    health = Health()
    health.add("nats", lambda: Check(True, "connected"))
    health.add("volume", lambda: Check(False, "/volume is not mounted", "Mount it."))
    async with client(health) as asking:
        answer = await asking.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"]["volume"] == {
        "ok": False,
        "detail": "/volume is not mounted",
        "what_to_do": "Mount it.",
    }
    assert answer.json()["checks"]["nats"]["ok"] is True


async def test_readiness_is_looked_at_anew_each_time() -> None:
    well = False
    health = Health()
    health.add("nats", lambda: Check(well, "is it?"))
    async with client(health) as asking:
        before = await asking.get("/readyz")
        well = True
        after = await asking.get("/readyz")
    assert (before.status_code, after.status_code) == (503, 200)


async def test_the_numbers_are_in_the_form_that_prometheus_reads() -> None:
    async with client(Health()) as asking:
        answer = await asking.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE process_cpu_seconds_total counter" in answer.text


async def test_nothing_else_is_answered() -> None:
    async with client(Health()) as asking:
        answers = [await asking.get("/"), await asking.post("/livez")]
    assert [answer.status_code for answer in answers] == [404, 405]


async def test_a_group_of_checks_has_as_many_as_there_are_just_now() -> None:
    projects: dict[str, Check] = {"": Check(True, "not known yet")}
    health = Health()
    health.add_each("project", lambda: projects)
    assert health.report() == {"project": Check(True, "not known yet")}
    projects = {"UNDLM": Check(True, "there"), "NEXT": Check(False, "missing", "Create it.")}
    assert list(health.report()) == ["project UNDLM", "project NEXT"]
    async with client(health) as asking:
        assert (await asking.get("/readyz")).json()["checks"]["project NEXT"]["what_to_do"] == "Create it."
