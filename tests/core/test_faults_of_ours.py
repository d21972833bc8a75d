"""What nobody foresaw ends in one sentence that says how to report it; EXIQA_DEBUG=1 shows the traceback."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from exiqa.core.console import new_app


def _broken() -> object:
    app = new_app("Test.")

    @app.command()
    def fail() -> None:
        raise ValueError("seven\nlines")

    @app.command()
    def other() -> None:
        pass

    return app


def test_an_unforeseen_error_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXIQA_DEBUG", raising=False)
    result = CliRunner().invoke(_broken(), ["fail"])
    assert result.exit_code == 70
    assert result.stderr.startswith("Error: a fault of exiqa itself, ValueError: seven; to report it, run ")
    assert result.stderr.count("\n") == 1 and "EXIQA_DEBUG=1" in result.stderr


def test_with_the_variable_it_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXIQA_DEBUG", "1")
    result = CliRunner().invoke(_broken(), ["fail"])
    assert isinstance(result.exception, ValueError)
