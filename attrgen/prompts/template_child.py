"""Run as a process of its own: renders one Jinja2 template in the sandbox, with little memory and little time.

What a template does is its author's, not the user's: one may ask for 10 GB, or for a loop within a loop within a loop.
Reads `{"source": …, "values": {…}}` on standard input and writes `{"text": …}` or `{"error": …}`.
"""

from __future__ import annotations

import contextlib
import json
import sys

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

MEMORY = 1 << 30
SECONDS = 10
LONGEST = 1_000_000
"""Characters of a prompt; no model reads as many."""


def main() -> None:
    """One template, from standard input to standard output."""
    asked = json.load(sys.stdin)
    with contextlib.suppress(ImportError):  # Windows has no such limits; the parent's on the time holds there too
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        text = environment.from_string(asked["source"]).render(**asked["values"])
        answer = {"text": text} if len(text) <= LONGEST else {"error": f"it comes out with {len(text)} characters"}
    except MemoryError:
        answer = {"error": "it needs too much memory"}
    except RecursionError:
        answer = {"error": "it calls itself without end, or is nested too deep"}
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        answer = {"error": str(error) or type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
