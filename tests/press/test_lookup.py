"""Looking claims and tables up: formats, units, and errors that help."""

import pytest

from groundwork_harness.documents import lookup
from groundwork_harness.documents.lookup import NotFound, claim, number, setting, table


@pytest.fixture(autouse=True)
def _results(press, monkeypatch):
    monkeypatch.setenv(lookup.VARIABLE, str(press.results))


@pytest.mark.parametrize(
    ("value", "spec", "text", "markdown"),
    [
        (31.24, "", "31.2", "31.2"),
        (12500, "", "12,500", "12,500"),
        (12500.4, "", "12,500", "12,500"),
        (0.0, "", "0", "0"),
        (-3, "", "−3", "−3"),
        (3.2e-9, "", "3.2\u00a0×\u00a010⁻⁹", "3.2\u00a0×\u00a010^−9^"),
        (-4.5e12, ".2e", "−4.50\u00a0×\u00a010¹²", "−4.50\u00a0×\u00a010^12^"),
        (0.0, ".1e", "0.0", "0.0"),
        (2.5, ".1e", "2.5", "2.5"),
        (0.12345, ".1%", "12.3%", "12.3%"),
        (True, "", "yes", "yes"),
        ("ResNet-20", "", "ResNet-20", "ResNet-20"),
    ],
)
def test_numbers_in_print(value, spec, text, markdown):
    assert number(value, spec) == (text, markdown)


def test_a_claim_is_text_and_marked_markdown():
    shown = claim("alpha.spectra.top")
    assert shown == "31.2\u00a0%"
    assert shown._repr_markdown_() == '[31.2\u00a0%]{.claim key="alpha.spectra.top"}'
    assert claim("alpha.spectra.top", ".2f", unit=False) == "31.24"
    assert claim("alpha.spectra.ratio") == "1.23×"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alpha.spectra.tpo", ["alpha.spectra.tpo", "spectra.json", "nearest: top"]),
        ("alpha.spectre.top", ["no file", "spectre.json", "nearest: spectra"]),
        ("alpha.top", ["room.step.name"]),
    ],
)
def test_a_wrong_name_is_answered_with_the_near_ones(name, words):
    with pytest.raises(NotFound) as caught:
        claim(name)
    for word in words:
        assert word in str(caught.value)


def test_a_bad_format_names_the_claim():
    with pytest.raises(ValueError, match=r"alpha\.spectra\.top"):
        claim("alpha.spectra.top", ".2q")


def test_a_text_where_a_number_is_wanted_is_shown_as_it_is():
    """What a record would hold, on a page of a tree without records."""
    assert number("not recorded", ".4f") == ("not recorded", "not recorded")


def test_no_results_folder_is_said_plainly(monkeypatch):
    monkeypatch.delenv(lookup.VARIABLE)
    with pytest.raises(NotFound, match="GROUNDWORK_RESULTS"):
        claim("alpha.spectra.top")


def test_a_table_picks_orders_and_formats_columns():
    shown = table(
        "alpha.accuracy", columns={"error": "Error", "family": "F"}, formats={"error": ".2e"}
    )
    head, rule, first, second = shown.splitlines()
    assert [cell.strip() for cell in head.split("|")[1:-1]] == ["Error", "F"]
    assert rule.split("|")[1].strip().endswith(":")  # numbers flush right
    assert not rule.split("|")[2].strip().endswith(":")
    assert "3.20\u00a0×\u00a010^−9^" in first
    assert r"tall \| thin" in first
    assert "wide" in second
    assert 'key="alpha.accuracy"' in shown._repr_markdown_()


def test_a_cell_of_words_is_printed_as_it_is(press):
    (press.results / "alpha" / "words.csv").write_text("said\n\\mathbf{x} | y --z\n")
    try:
        assert r"\\mathbf{x} \| y \-\-z" in table("alpha.words")
    finally:
        (press.results / "alpha" / "words.csv").unlink()


def test_a_table_of_prose_can_stack_its_cells():
    shown = table("alpha.accuracy", {"family": "F", "error": "Error"}, stacked=True)
    term, said, after, *_ = shown.split("\n\n")
    assert (term, said) == ("tall \\| thin", ":   *Error.* 3.2\u00a0×\u00a010^−9^")
    assert after == "wide"


def test_a_table_takes_a_slice_of_rows():
    assert len(table("alpha.accuracy", rows=slice(1)).splitlines()) == 3


def test_a_missing_column_is_answered_with_the_near_ones():
    with pytest.raises(NotFound, match="nearest: family"):
        table("alpha.accuracy", columns=["famly"])


def test_a_setting_is_what_the_result_was_made_with():
    assert setting("alpha.spectra.draws") == "200"
    assert setting("alpha.spectra.share", ".2f") == "0.10"
    assert setting("alpha.spectra.loop.rate") == "3.0\u00a0×\u00a010⁻⁴"
    assert setting("alpha.spectra.loop.rate").markdown == "3.0\u00a0×\u00a010^−4^"
    assert setting("alpha.spectra.ranks") == "1, 2, 8"
    assert setting("alpha.spectra.ranks.2") == "8"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alpha.spectra.draw", ["alpha.spectra.draw", "spectra.json", "nearest: draws"]),
        ("alpha.spectra.loop.rat", ["made without 'rat'", "nearest: rate"]),
        ("alpha.spectra.ranks.3", ["made without '3'"]),
        ("alpha.spectra.loop", ["is a block", "rate"]),
        ("alpha.spectre.draws", ["no file", "nearest: spectra"]),
        ("alpha.spectra", ["room.step.key"]),
    ],
)
def test_a_setting_that_is_not_there_is_told_with_the_nearest(name, words):
    with pytest.raises(NotFound) as caught:
        setting(name)
    for word in words:
        assert word in str(caught.value)
