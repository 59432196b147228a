"""The subset: constructs that both engines render alike; anything else is refused with a remedy."""

from groundwork.press.document import Document


def check(document: Document) -> None:
    """Refuse what lies outside the subset."""
    del document
