"""What people see on a terminal."""

import pytest

from console.printing import terminal, titled

STRANGE = "a\x1b]0;b\x07\x9b31m\u202e\x85\rc.mov"
SHOWN = r"a\x1b]0;b\x07\x9b31m\u202e\x85\rc.mov"


def test_the_name_of_a_file_moves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    page, table = terminal(), titled("file")
    table.add_row(STRANGE)
    page.print(STRANGE)
    page.print(table)
    out, _ = capsys.readouterr()
    assert out.count(SHOWN) == 2
    assert all(line.isprintable() for line in out.split("\n"))


def test_a_sentence_may_have_lines(capsys: pytest.CaptureFixture[str]) -> None:
    terminal().print("one\ntwo é")
    assert capsys.readouterr().out == "one\ntwo é\n"
