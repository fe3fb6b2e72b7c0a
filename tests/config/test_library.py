from __future__ import annotations

import pytest

from portwatt.config.hub_file import FamilyEntry, ModelEntry, TariffEntry
from portwatt.config.library import from_shelf, shelf


def test_everything_that_comes_along_is_valid_and_says_its_basis():
    families = {name: FamilyEntry.model_validate(table) for name, table in shelf("families").items()}
    models = {name: ModelEntry.model_validate(table) for name, table in shelf("models").items()}
    tariffs = {name: TariffEntry.model_validate(table) for name, table in shelf("tariffs").items()}
    assert len(families) == 2
    assert len(tariffs) == 3
    for model in models.values():
        assert "assum" in model.basis
        if model.family is not None:
            assert families[model.family].capacity_kwh == model.battery_kwh
    for tariff in tariffs.values():
        assert tariff.basis
        assert not tariff.verified


def test_a_name_becomes_its_table_and_a_table_stays():
    assert from_shelf("models")("XCMG-E700") == shelf("models")["XCMG-E700"]
    assert from_shelf("models")({"id": "mine"}) == {"id": "mine"}


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'XCMG-E700'"):
        from_shelf("models")("XCMG-E70")
    with pytest.raises(ValueError, match="there are"):
        from_shelf("tariffs")("winter")
