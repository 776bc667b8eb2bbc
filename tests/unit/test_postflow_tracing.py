"""OpenTelemetry's variables: a wrong one is a line with what to write, and no header is ever quoted."""

import pytest

from postflow import tracing

ON = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4318"}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "jaeger:4318", "must be an address like http://jaeger:4318, not 'jaeger:4318'"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "x", "must be an address like http://jaeger:4318, not 'x'"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "must be a number of seconds above 0, as 2, not 'soon'"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "must be a number of seconds above 0, as 2, not '-1'"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "inf", "must be a number of seconds above 0, as 2, not 'inf'"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0", "must be a whole number above 0, or unset, not '0'"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1.5", "must be a whole number above 0, or unset, not '1.5'"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "must be a share from 0 to 1, as 0.25, not '2'"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a;b", "must be name=value, comma-separated, not 'a;b'"),
        ("OTEL_SDK_DISABLED", "1", "must be true or false, not '1'"),
    ],
)
def test_a_wrong_one_says_what_it_must_be(name: str, value: str, problem: str) -> None:
    assert tracing.problems(ON | {name: value}) == {name: problem}


def test_a_sampler_is_one_that_there_is() -> None:
    (problem,) = tracing.problems(ON | {"OTEL_TRACES_SAMPLER": "often"}).values()
    assert problem.startswith("must be one of always_off, always_on, parentbased_always_off, ")
    assert problem.endswith(", not 'often'")


@pytest.mark.parametrize("headers", ["hush", "authorization=hüsh", "a=b,hush", 'a="hush"', "a:hush"])
def test_headers_are_never_quoted(headers: str) -> None:
    (problem,) = tracing.problems(ON | {"OTEL_EXPORTER_OTLP_HEADERS": headers}).values()
    assert problem == "must be name=value, comma-separated, with what is special in a value written as %3B"


def test_an_address_with_a_password_is_never_quoted() -> None:
    (problem,) = tracing.problems({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://me:hush@jaeger"}).values()
    assert problem == "must be a plain address like http://jaeger:4318, without user, ? or #"


@pytest.mark.parametrize(
    "right",
    [
        {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic abc==, x-key=a%3Bb"},
        {"OTEL_RESOURCE_ATTRIBUTES": "host.name=postflow, deployment.environment.name=a=b,"},
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"},
        {"OTEL_SDK_DISABLED": "False", "OTEL_EXPORTER_OTLP_TIMEOUT": "0.5", "OTEL_BSP_SCHEDULE_DELAY": "200"},
        {"OTEL_SDK_DISABLED": "", "OTEL_EXPORTER_OTLP_TIMEOUT": "", "OTEL_BSP_SCHEDULE_DELAY": ""},
    ],
)
def test_what_is_right_or_empty_is_no_problem(right: dict[str, str]) -> None:
    assert tracing.problems(ON | right) == {}


@pytest.mark.parametrize("off", [{}, ON | {"OTEL_SDK_DISABLED": "true"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}])
def test_what_nobody_reads_is_not_wrong(off: dict[str, str]) -> None:
    assert tracing.problems(off | {"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}) == {}
