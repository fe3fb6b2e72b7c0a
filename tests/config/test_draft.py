from __future__ import annotations

from copy import deepcopy

import pytest
from hub_files import GOOD

from portwatt.config.draft import read, series


@pytest.mark.parametrize(
    ("name", "count", "first", "made"),
    [
        ("T", None, 1, ["T"]),
        ("T-#", None, 1, ["T-#"]),
        ("T-#", 2, 1, ["T-1", "T-2"]),
        ("T###X", 2, 9, ["T009X", "T010X"]),
        ("#-#", 2, 1, ["1-#", "2-#"]),
        ("T#", 2, 9, ["T9", "T10"]),
    ],
)
def test_a_series_counts_in_its_first_signs(name, count, first, made):
    assert series(name, count, first) == made


def test_a_right_file_is_read_whole():
    file, draft, faults = read(GOOD)
    assert file is not None
    assert [at for at, _ in draft.places] == [f"places[{n}]" for n in range(4)]
    assert faults == []


def test_what_is_right_of_a_broken_file_is_kept_with_its_place():
    data = deepcopy(GOOD)
    data["places"][1]["kind"] = "shed"
    data["trucks"] = "none"
    data["grid"] = {}
    file, draft, faults = read(data)
    assert file is None
    assert {f.place for f in faults} == {"places[1].kind", "trucks", "grid.connection_kw"}
    assert [at for at, _ in draft.places] == ["places[0]", "places[2]", "places[3]"]
    assert draft.names["places"] == {"YARD", "WEST", "MILL", "HUB"}, "a broken entry is no unknown name"
    assert draft.trucks == []
    assert draft.grid is None


def test_names_of_series_are_spelt_out():
    _, draft, _ = read(GOOD)
    assert draft.names["trucks"] == {"QX-01", "QX-02", "QX-03", "QX-04"}
    assert draft.names["models"] == {"FOTON-EST", "EACTROS-600"}
