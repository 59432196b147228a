"""Which extra of the package brings a module that is missing."""

import importlib.metadata
import re

# Import names that differ from the distribution's name on the package index.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "pypandoc": "pypandoc-binary",
    "mpl_toolkits": "matplotlib",
}


def distribution(module: str) -> str:
    """The name on the package index of a top-level module's distribution."""
    return DISTRIBUTIONS.get(module, module.lower().replace("_", "-"))


def remedy(problem: ModuleNotFoundError) -> str:
    """What is missing and the command that brings it, in one line."""
    module = (problem.name or "").partition(".")[0]
    wanted = distribution(module)
    for line in importlib.metadata.requires("groundwork") or ():
        found = re.match(r"([\w.-]+).*\bextra == ['\"]([\w-]+)['\"]", line)
        if found and re.sub(r"[-_.]+", "-", found[1]).lower() == wanted:
            return f"this needs {module}: pip install 'groundwork[{found[2]}]'"
    return f"this needs {module}, which is not installed: pip install {wanted}"
