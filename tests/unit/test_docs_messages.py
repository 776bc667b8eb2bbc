"""docs/messages.md, held against the messages, the topology, the questions, and who builds what."""

import ast
import re

import pytest

from postflow import checks, desk, questions, rebuilds, topology
from postflow.decoding import MESSAGES
from postflow.destination import Destination, Frozen
from postflow.messages import Condition, FileMessage, Message, RoutedMessage
from tests import documents, sources
from tests.documents import Row, name, names
from tests.unit.test_postflow_topology import readers

PAGE = documents.tables("docs/messages.md")
SUBJECTS = {name(row["message"]): row for row in PAGE["Subjects"]}

QUESTIONS: dict[str, tuple[type[Frozen], type[Frozen]]] = {
    questions.ASK_TRANSFER: (questions.TransferQuestion, questions.TransferAnswer),
    questions.ASK_VERIFY_LOG: (questions.VerifyLogQuestion, questions.VerifyLogAnswer),
    questions.ASK_CHECK: (questions.CheckQuestion, questions.CheckAnswer),
    questions.ASK_WHEREABOUTS: (questions.WhereaboutsQuestion, questions.WhereaboutsAnswer),
    questions.ASK_RULES: (questions.RulesQuestion, questions.RulesAnswer),
    questions.ASK_LOGIN_BEGIN: (questions.LoginBeginQuestion, questions.LoginBeginAnswer),
    questions.ASK_LOGIN_FINISH: (questions.LoginFinishQuestion, questions.LoginFinishAnswer),
    checks.ask_checks("<service>"): (checks.ChecksQuestion, checks.ChecksAnswer),
    desk.ASK_WHY: (desk.WhyQuestion, desk.WhyAnswer),
    desk.ASK_WAITING: (desk.WaitingQuestion, desk.WaitingAnswer),
    desk.ASK_DELIVER: (desk.DeliverQuestion, desk.DeliverAnswer),
    desk.ASK_RETRY: (desk.RetryQuestion, desk.RetryAnswer),
    desk.ASK_HELD: (desk.HeldQuestion, desk.HeldAnswer),
    desk.ASK_VOLUME: (desk.VolumeQuestion, desk.VolumeAnswer),
    desk.ASK_REHEARSE: (desk.RehearseQuestion, desk.RehearseAnswer),
    rebuilds.ASK_REBUILD: (rebuilds.RebuildQuestion, rebuilds.RebuildAnswer),
}


def builders() -> dict[str, set[str]]:
    """Which packages call `Kind(…)` or `Kind.model_validate(…)` of a message that they imported."""
    found: dict[str, set[str]] = {}
    for module in sources.read(documents.ROOT).modules.values():
        imported = {each.name for each in module.imports() if each.module == "postflow.messages"}
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Name(id=kind) | ast.Attribute(value=ast.Name(id=kind), attr="model_validate")):
                    if kind in imported:
                        found.setdefault(kind, set()).add(module.name.partition(".")[0])
    return found


BUILDERS = builders()


def test_every_message_is_on_the_page_and_nothing_else() -> None:
    assert [name(row["message"]) for row in PAGE["Subjects"]] == [kind.__name__ for kind in MESSAGES]


@pytest.mark.parametrize("kind", MESSAGES)
def test_its_subject_is_the_one_in_the_code(kind: type[Message]) -> None:
    assert name(SUBJECTS[kind.__name__]["subject"]) == kind.template()


@pytest.mark.parametrize("kind", MESSAGES)
def test_its_durables_are_those_that_read_it(kind: type[Message]) -> None:
    assert set(names(SUBJECTS[kind.__name__]["read by"])) == readers(kind)


@pytest.mark.parametrize("kind", MESSAGES)
def test_its_publishers_are_those_that_build_it(kind: type[Message]) -> None:
    said = set(re.split(r",\s*", SUBJECTS[kind.__name__]["published by"])) - {"nobody yet"}
    shared = "every service" if kind is Condition else "reader"
    assert said == {shared if package == "postflow" else package for package in BUILDERS.get(kind.__name__, ())}


@pytest.mark.parametrize("kind", MESSAGES)
def test_its_own_fields_are_on_the_page(kind: type[Message]) -> None:
    shared = set(RoutedMessage.model_fields if issubclass(kind, RoutedMessage) else {})
    shared |= set(FileMessage.model_fields if issubclass(kind, FileMessage) else {})
    said = [name(row["field"]) for row in PAGE["Of one message alone"] if name(row["message"]) == kind.__name__]
    assert said == [field for field in kind.model_fields if field not in shared]


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        ("Every message about a file", list(FileMessage.model_fields)),
        (
            "Every message about a file on its way",
            [field for field in RoutedMessage.model_fields if field not in FileMessage.model_fields],
        ),
        ("The destination", list(Destination.model_fields)),
    ],
)
def test_shared_fields_are_on_the_page(heading: str, fields: list[str]) -> None:
    assert [name(row["field"]) for row in PAGE[heading]] == fields


def test_the_messages_about_a_file_on_its_way_are_named() -> None:
    page = (documents.ROOT / "docs/messages.md").read_text()
    (sentence,) = re.findall(r"(`FileReady`, [^|]*?) also have:", page)
    assert names(sentence) == [kind.__name__ for kind in MESSAGES if issubclass(kind, RoutedMessage)]


def test_retries_travel_on_the_subjects_that_the_page_says() -> None:
    page = (documents.ROOT / "docs/messages.md").read_text()
    for subject in (topology.later_subject("<durable>", 7), topology.again_subject("<durable>", 7)):
        assert f"`{subject.replace('7', '<sequence>')}`" in page


def test_every_question_is_on_the_page_and_nothing_else() -> None:
    pages = questions, desk, rebuilds
    asked = {value for module in pages for key, value in vars(module).items() if key.startswith("ASK_")}
    assert {name(row["subject"]) for row in PAGE["Questions"]} == asked | {checks.ask_checks("<service>")}
    assert set(QUESTIONS) == {name(row["subject"]) for row in PAGE["Questions"]}


@pytest.mark.parametrize("row", PAGE["Questions"], ids=lambda row: name(row["subject"]))
def test_a_question_is_on_the_page_with_its_answer(row: Row) -> None:
    question, answer = QUESTIONS[name(row["subject"])]
    assert names(row["question"]) == list(question.model_fields)
    assert names(row["answer"]) == list(answer.model_fields)
