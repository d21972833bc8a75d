"""Options that come from a file, checked against the function that they are for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from exiqa.core.errors import UserError
from exiqa.core.schema_error import describe_schema_error


def checked_options(function: Callable[..., Any], options: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Options as a function's annotations want them: numbers that are numbers, finite ones, and none it has not.

    Args:
        function: Takes the options by name; others of its parameters may have been given already.
        options: By name.
        where: What they are options of, for the error.

    Raises:
        UserError: An option's value does not fit, or the function has no such option.
    """
    from pydantic import ConfigDict, PydanticSchemaGenerationError, ValidationError, create_model

    parameters = inspect.signature(function).parameters
    for name in options.keys() - parameters.keys():
        raise UserError(f"{where} has no option {name!r}; it has {', '.join(parameters) or 'none'}")
    try:
        hints = inspect.signature(function, eval_str=True).parameters
        wanted: dict[str, Any] = {name: (hints[name].annotation, ...) for name in options}
    except NameError:
        return dict(options)  # annotated with what only a type checker sees: another package's, which checks for itself
    config = ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False)
    try:
        schema = create_model("Options", __config__=config, **wanted)
    except PydanticSchemaGenerationError:
        return dict(options)  # or with what is no type
    try:
        checked = schema.model_validate(dict(options))
    except ValidationError as error:
        raise UserError(f"{where}: {describe_schema_error(error, schema)}") from None
    return {name: getattr(checked, name) for name in wanted}
