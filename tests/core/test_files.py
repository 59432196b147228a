"""Tables and arrays: what is written is what is read."""

import numpy as np
import pytest

from groundwork.core.files import read_table, write_arrays, write_table


def test_rows_by_name_and_by_place(tmp_path):
    path = tmp_path / "t.csv"
    write_table(path, [{"a": 1, "b": "x, y"}, {"a": 0.1, "b": None}])
    assert path.read_bytes() == b'a,b\n1,"x, y"\n0.1,\n'
    write_table(path, ((n, np.float64(n) / 3) for n in (1, 2)), ["n", "third"])
    assert [float(row["third"]) for row in read_table(path)] == [1 / 3, 2 / 3]
    write_table(path, [{"a": 1, "b": 2}, {"b": 3}], ["b", "a"])
    assert read_table(path) == [{"b": "2", "a": "1"}, {"b": "3", "a": ""}]
    write_table(path, [], ["b"])
    assert read_table(path) == []


def test_a_row_of_another_length_is_refused(tmp_path):
    with pytest.raises(ValueError, match="3 cells in a table of 2 columns"):
        write_table(tmp_path / "t.csv", [(1, 2, 3)], ["a", "b"])


def test_arrays_keep_the_name_they_are_given(tmp_path):
    write_arrays(tmp_path / "x.partial", {"a": np.arange(3)})
    assert np.load(tmp_path / "x.partial")["a"].tolist() == [0, 1, 2]
