"""Pictures: every figure script, by the name `<room>/figures/<figure>`, and the results it draws."""

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import syntax
from groundwork_harness.pipeline.config import ConfigError


def names(*, animated: bool) -> list[str]:
    """The pictures whose scripts draw a still, or an animation."""
    scripts = sorted((ROOT / "workflow" / "figures").glob("*/*.py"))
    chosen = [s for s in scripts if bool(syntax.literal(s, "ANIMATED")) == animated]
    return [f"{script.parent.name}/figures/{script.stem}" for script in chosen]


def script(picture: str) -> str:
    """The script of a picture."""
    room, _, figure = picture.split("/")
    return f"workflow/figures/{room}/{figure}.py"


def inputs(picture: str) -> list[str]:
    """The results a picture draws, relative to a scale's folder, as its literal `INPUTS` names them."""
    found = syntax.literal(ROOT / script(picture), "INPUTS")
    if not isinstance(found, dict):
        raise ConfigError(f"{script(picture)} has no literal INPUTS table")
    return list(found.values())
