"""The Quarto engine: the same documents through the `quarto` command, one private project each."""

from groundwork.press.document import Document, Refused
from groundwork.press.inputs import Inputs


def version() -> str:
    """Quarto's version."""
    raise Refused("the Quarto engine is being built")


def to_html(document: Document, needs: Inputs, options: object) -> str:
    """The body of the page that Quarto makes of a document."""
    raise Refused("the Quarto engine is being built")
