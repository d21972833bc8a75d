"""What `--llm` takes."""

from __future__ import annotations

from importlib import import_module

from exiqa.attrgen.llms import SHIPPED, SHIPPED_FORMS


def test_the_help_lists_the_forms_of_all_shipped_providers() -> None:
    places = [path.partition(":") for path in SHIPPED.values()]
    *forms, last = (form for module, _, name in places for form in getattr(import_module(module), name).forms)
    assert f"{', '.join(forms)} or {last}" == SHIPPED_FORMS
