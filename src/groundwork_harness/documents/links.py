"""Links of a PDF: in the site they lead to its pages."""

import shutil
from pathlib import Path

PAGES = "../site"  # the site, as seen from the folder of PDFs beside it


def take_in(paper: Path, target: Path) -> None:
    """Copy a PDF into the site, whose `pdf/` it then lies in: its links lead to the same pages."""
    from pypdf import PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

    writer, moved = PdfWriter(paper, incremental=True), False
    for page in writer.pages:
        for note in page.get("/Annots", ArrayObject()).get_object():
            action = note.get_object().get("/A", DictionaryObject()).get_object()  # none: within
            if str(action.get("/URI", "")).startswith(PAGES + "/"):
                uri = ".." + str(action["/URI"]).removeprefix(PAGES)
                action[NameObject("/URI")] = TextStringObject(uri)
                moved = True
    target.parent.mkdir(parents=True, exist_ok=True)
    if moved:
        writer.write(target)
    else:
        shutil.copyfile(paper, target)
