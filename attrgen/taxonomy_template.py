"""The commented template that `exiqa attrgen new` writes for a distortion of the user's own."""

from __future__ import annotations

from pathlib import Path

from exiqa.core.errors import UserError
from exiqa.core.files import write_text

TEMPLATE = """\
# A taxonomy: the distortions that a bank is generated for. Change what stands here, add more [[distortions]],
# then run
#     exiqa attrgen generate {file} --llm openai:MODEL --k 5 --bank NAME
# and look at the result with
#     exiqa bank show NAME

# Lower-case letters, digits and underscores.
id = "my_distortions"
name = "My distortions"
# Where the distortions come from: a paper, a data set, a camera. May be left out.
source = ""

[[distortions]]
# Shared with other taxonomies that have the same distortion, as gaussian_blur is: `exiqa bank list` shows them.
id = "rolling_shutter"
# The data set's own code for it, as in its file names.
code = "01"
# With the explanation, all that the LLM is shown. Words of the name are refused in the phrases.
name = "Rolling shutter"
# One or two sentences on how the distortion is applied to an image, and what grows with the level.
explanation = "The rows of the sensor are read one after another while the camera moves, so that upright lines lean \
and straight objects bend; higher levels move faster."
# How many strengths the data set has it in.
levels = 5
"""


def write_template(path: Path) -> None:
    """Write the template to a `.toml` file.

    Raises:
        UserError: The file exists already, or its name has another ending.
    """
    if path.suffix != ".toml":
        raise UserError(f"{path} does not end in .toml, which taxonomies are told by; give it that ending")
    if path.exists():
        raise UserError(f"{path} exists already; give another name, so that nothing is overwritten")
    write_text(path, TEMPLATE.format(file=path))
