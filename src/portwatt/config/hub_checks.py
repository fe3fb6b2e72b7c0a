"""What the keys of a hub file must agree on. Every check takes the draft and gives its faults; none stops another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, pairwise
from zoneinfo import ZoneInfo

from portwatt.config.draft import Draft, series
from portwatt.config.faults import MOST_FAULTS, Fault, nearest
from portwatt.config.hub_file import ModelEntry, SeasonEntry, SerialEntry, TruckEntry
from portwatt.config.library import shelf
from portwatt.config.roads import reached
from portwatt.model.connector import Adapter, fits
from portwatt.model.fallback import FallbackKind

Faults = Iterator[Fault]
_STATION_ID = re.compile(r"[A-Za-z0-9_~.-]{1,48}")
_TOKEN_CHARACTERS = 20
_REFERENCES = {
    "legs": {"origin": "places", "destination": "places"},
    "stations": {"place": "places"},
    "swap_stations": {"place": "places", "family": "families"},
    "packs": {"family": "families"},
    "models": {"family": "families"},
    "trucks": {"model": "models", "place": "places"},
    "fallbacks": {"place": "places", "family": "families"},
}
"""What names what: section, key, section that must have it."""
_MAX_TRUCKS = 20_000
_MAX_STATIONS = 5_000
_FASTEST_KMH = 130
_REQUIREMENTS = tuple(shelf("requirements"))


def known_zone(name: str) -> bool:
    """Whether this is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def minute_of(clock: str) -> int:
    """Minutes after midnight of HH:MM."""
    return int(clock[:2]) * 60 + int(clock[3:])


def names(entry: SerialEntry) -> list[str]:
    """The ids an entry stands for: one, or those of its series."""
    return series(entry.id, entry.count, entry.first)


def tokens(truck: TruckEntry) -> list[str]:
    """OCPP tokens of a truck or of a series of trucks."""
    return series(truck.token or truck.id, truck.count, truck.first)


def check(draft: Draft) -> list[Fault]:
    """All faults between the entries of a hub file."""
    too_many = list(_sizes(draft))
    if too_many:  # what follows spells every series out
        return too_many
    rules = (rule(draft) for rule in _RULES)
    return list(islice(chain.from_iterable(rules), MOST_FAULTS))


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sizes(draft: Draft) -> Faults:
    for what, entries, most in (
        ("trucks", sum(t.count or 1 for _, t in draft.trucks), _MAX_TRUCKS),
        ("stations", sum(s.count or 1 for _, s in (*draft.stations, *draft.swap_stations)), _MAX_STATIONS),
    ):
        if entries > most:
            yield Fault(what, f"{entries} {what} are more than one hub takes ({most}); split the hub")


def _series(draft: Draft) -> Faults:
    numbered = [(f"{at}.id", s.count, s.id) for at, s in (*draft.stations, *draft.swap_stations)]
    for at, truck in draft.trucks:
        keys = (("id", truck.id), ("token", truck.token), ("pack", truck.pack))
        numbered += [(f"{at}.{key}", truck.count, name) for key, name in keys if name is not None]
    for at, count, name in numbered:
        if count is not None and "#" not in name:
            yield Fault(at, f"a series of {count} needs # signs where the number goes, as in {name}-###")


def _twins(draft: Draft) -> Faults:
    stations = (*draft.stations, *draft.swap_stations)
    yield from _twice("place", ((at, p.id) for at, p in draft.places))
    yield from _twice("pack family", ((at, f.id) for at, f in draft.families))
    yield from _twice("truck model", ((at, m.id) for at, m in draft.models))
    yield from _twice("fallback", ((at, f.id) for at, f in draft.fallbacks))
    yield from _twice("station", ((at, name) for at, s in stations for name in names(s)))
    yield from _twice("truck", ((at, name) for at, t in draft.trucks for name in names(t)))
    yield from _twice("token", ((at, name) for at, t in draft.trucks for name in tokens(t)))
    yield from _twice("pack", _pack_names(draft))
    yield from _twice("pack fitted", ((at, n) for at, t in draft.trucks for n in _fitted(t)))
    ends = [(at, leg.origin, leg.destination) for at, leg in draft.legs]
    ends += [(at, leg.destination, leg.origin) for at, leg in draft.legs if leg.both_ways]
    yield from _twice("leg", ((at, f"{origin} → {destination}") for at, origin, destination in ends))
    yield from _twice("pair", ((at, f"{h.plug.value} at {h.inlet.value}") for at, h in draft.handshakes))


def _twice(what: str, named: Iterable[tuple[str, str]]) -> Faults:
    first: dict[str, str] = {}
    told: set[str] = set()
    for at, name in named:
        if name not in first:
            first[name] = at
        elif at not in told:
            told.add(at)
            yield Fault(at, f"{what} {name!r} is already there ({first[name]}); every one needs its own")


def _fitted(truck: TruckEntry) -> list[str]:
    return series(truck.pack, truck.count, truck.first) if truck.pack else []


def _pack_names(draft: Draft) -> Iterator[tuple[str, str]]:
    swapping = {m.id for _, m in draft.models if m.family is not None}
    yield from ((at, pack.id) for at, pack in draft.packs)
    for at, station in draft.swap_stations:
        yield from ((at, f"{name}-P{n}") for name in names(station) for n in range(1, station.packs + 1))
    for at, truck in draft.trucks:
        if truck.pack is None and truck.model in swapping:
            yield from ((at, f"{name}-P") for name in names(truck))


def _station_ids(draft: Draft) -> Faults:
    for at, station in (*draft.stations, *draft.swap_stations):
        wrong = [n for n in names(station) if not _STATION_ID.fullmatch(n) or n in {".", ".."}]
        if wrong:
            needed = "; # needs `count`" if "#" in wrong[0] and station.count is None else ""
            yield Fault(
                f"{at}.id", f"{wrong[0]!r} is no OCPP identity for a URL: letters, digits, - _ . ~ only{needed}"
            )
    for at, truck in draft.trucks:
        long = [token for token in tokens(truck) if len(token) > _TOKEN_CHARACTERS]
        if long:
            yield Fault(f"{at}.token", f"{long[0]!r} has {len(long[0])} characters; OCPP 1.6 allows 20 for an idTag")


def _references(draft: Draft) -> Faults:
    """Names of other entries, in broken entries too. Packs of trucks come in series and are looked up by `_packs`."""
    for section, keys in _REFERENCES.items():
        for at, table in draft.tables[section]:
            for key, target in keys.items():
                name, known = table.get(key), draft.names[target]
                if isinstance(name, str) and name not in known:
                    yield Fault(f"{at}.{key}", _unknown(name, target, known))


def _unknown(name: str, target: str, known: Iterable[str]) -> str:
    return f"{name!r} is not among the {target} of this file{nearest(name, known)}"


# ── roads ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _legs(draft: Draft) -> Faults:
    for at, leg in draft.legs:
        if leg.origin == leg.destination:
            yield Fault(at, f"starts and ends at {leg.origin!r}; a leg joins two places")
        speed = leg.distance_km / leg.minutes * 60
        if speed > _FASTEST_KMH:
            yield Fault(at, f"{leg.distance_km} km in {leg.minutes} minutes is {speed:.0f} km/h; correct one of them")


def _reach(draft: Draft) -> Faults:
    """Every place can be driven to from the first and back: only then can a plan use it."""
    if len(draft.places) < 2:
        return
    there = [(leg.origin, leg.destination) for _, leg in draft.legs]
    there += [(leg.destination, leg.origin) for _, leg in draft.legs if leg.both_ways]
    start = draft.places[0].entry.id
    out, back = reached(start, there), reached(start, ((b, a) for a, b in there))
    touched = {end for way in there for end in way}
    for at, place in draft.places:
        if place.id not in touched:
            yield Fault(at, f"no leg joins {place.id!r} to any place; add one under [[legs]]")
        elif place.id not in out and start in touched:
            yield Fault(at, f"nobody can drive from {start!r} to {place.id!r}; add a leg")
        elif place.id not in back and start in touched:
            yield Fault(at, f"nobody can drive from {place.id!r} to {start!r}; add a leg")


# ── energy ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _grid(draft: Draft) -> Faults:
    grid = draft.grid
    if grid is not None and grid.other_load_kw >= grid.connection_kw:
        yield Fault("grid.other_load_kw", f"{grid.other_load_kw} kW leave nothing of {grid.connection_kw} kW to charge")


def _voltages(draft: Draft) -> Faults:
    for at, model in draft.models:
        if model.voltage_low_v >= model.voltage_high_v:
            yield Fault(f"{at}.voltage_high_v", f"must be above voltage_low_v ({model.voltage_low_v} V)")
    for at, station in draft.stations:
        for i, evse in enumerate(station.evses):
            if evse.voltage_low_v >= evse.voltage_high_v:
                yield Fault(f"{at}.evses[{i}].voltage_high_v", f"must be above voltage_low_v ({evse.voltage_low_v} V)")


def _models(draft: Draft) -> Faults:
    for at, model in draft.models:
        yield from _curve(f"{at}.curve", model)
        if model.consumption_empty_kwh_per_km > model.consumption_loaded_kwh_per_km:
            yield Fault(f"{at}.consumption_empty_kwh_per_km", "is above that of a loaded truck; swap the two figures?")
        for i, adapter in enumerate(model.adapters):
            if adapter.inlet not in model.inlets:
                yield Fault(f"{at}.adapters[{i}].inlet", f"the truck has no {adapter.inlet.value} inlet to put it into")


def _curve(at: str, model: ModelEntry) -> Faults:
    points = model.curve
    if points[0].soc_percent != 0 or points[-1].soc_percent != 100:
        yield Fault(at, f"goes from {points[0].soc_percent} to {points[-1].soc_percent} %; it must go from 0 to 100 %")
    for i, (left, right) in enumerate(pairwise(points)):
        if right.soc_percent <= left.soc_percent:
            yield Fault(f"{at}[{i + 1}].soc_percent", f"{right.soc_percent} % does not come after {left.soc_percent} %")
    for i, point in enumerate(points[:-1]):
        if point.power_kw < 0.001:
            yield Fault(f"{at}[{i}].power_kw", "is zero: a battery would never get past this point")


def _packs(draft: Draft) -> Faults:
    capacity = {f.id: f.capacity_kwh for _, f in draft.families}
    for at, model in draft.models:
        pack = capacity.get(model.family or "")
        if pack is not None and pack != model.battery_kwh:
            yield Fault(f"{at}.battery_kwh", f"is {model.battery_kwh}, but a pack of {model.family!r} has {pack} kWh")
    for at, station in draft.swap_stations:
        if station.packs >= station.slots:
            yield Fault(f"{at}.packs", f"{station.packs} packs in {station.slots} slots leave none free for a return")
    yield from _slots(draft)
    yield from _fitted_packs(draft)


def _slots(draft: Draft) -> Faults:
    slots = {f"{n}/{i}": s for _, s in draft.swap_stations for n in names(s) for i in range(1, s.slots + 1)}
    stocked = {f"{n}/{i}": at for at, s in draft.swap_stations for n in names(s) for i in range(1, s.packs + 1)}
    held: dict[str, str] = {}
    broken = draft.names["swap_stations"] - {n for _, s in draft.swap_stations for n in names(s)}
    free = {n: s.slots - s.packs for _, s in draft.swap_stations for n in names(s)}
    for at, pack in draft.packs:
        if pack.slot is None or pack.slot.rpartition("/")[0] in broken:
            continue
        station = slots.get(pack.slot)
        if station is None:
            yield Fault(f"{at}.slot", f"there is no slot {pack.slot!r}{nearest(pack.slot, slots)}")
            continue
        if pack.slot in stocked:
            yield Fault(f"{at}.slot", f"{pack.slot!r} holds a pack already ({stocked[pack.slot]}.packs)")
        elif pack.slot in held:
            yield Fault(f"{at}.slot", f"{pack.slot!r} holds a pack already ({held[pack.slot]})")
        if pack.family != station.family:
            yield Fault(f"{at}.family", f"{pack.family!r} does not fit slot {pack.slot!r} of {station.family!r}")
        held.setdefault(pack.slot, at)
        name = pack.slot.rpartition("/")[0]
        free[name] -= 1
        if free[name] == 0 and station.packs < station.slots:
            yield Fault(f"{at}.slot", f"fills the last slot of {name!r}; one must be free for a return")


def _fitted_packs(draft: Draft) -> Faults:
    packs = {p.id: p for _, p in draft.packs}
    family = {m.id: m.family for _, m in draft.models}
    fitted = {name for _, t in draft.trucks for name in _fitted(t)}
    for at, truck in draft.trucks:
        if truck.pack and truck.model in family and family[truck.model] is None:
            yield Fault(f"{at}.pack", f"trucks of {truck.model!r} cannot swap; leave `pack` out")
            continue
        for name in _fitted(truck):
            if name not in draft.names["packs"]:
                yield Fault(f"{at}.pack", _unknown(name, "packs", draft.names["packs"]))
                break
            if name not in packs:
                continue
            pack = packs[name]
            if pack.slot is not None:
                yield Fault(f"{at}.pack", f"{name!r} stands in slot {pack.slot!r}, so it cannot be in a truck")
            if pack.family != family.get(truck.model, pack.family):
                yield Fault(f"{at}.pack", f"{name!r} is of {pack.family!r}, the truck swaps {family[truck.model]!r}")
            if pack.soc_percent != truck.soc_percent:
                yield Fault(f"{at}.soc_percent", f"is {truck.soc_percent}, its pack {name!r} says {pack.soc_percent}")
    for at, pack in draft.packs:
        if pack.slot is None and pack.id not in fitted:
            yield Fault(at, f"pack {pack.id!r} is in no slot and in no truck; give `slot`, or `pack` of a truck")


def _trucks(draft: Draft) -> Faults:
    models = {m.id: m for _, m in draft.models}
    told: set[str] = set()
    for at, truck in draft.trucks:
        lowest = truck.soc_percent if truck.soc_to_percent is None else min(truck.soc_percent, truck.soc_to_percent)
        if lowest < truck.reserve_soc_percent:
            yield Fault(f"{at}.soc_percent", f"{lowest} % is below the reserve of {truck.reserve_soc_percent} %")
        if truck.soc_to_percent is not None and truck.count is None:
            yield Fault(f"{at}.soc_to_percent", "is for a series; give `count` or leave it out")
        model = models.get(truck.model)
        if model is not None and model.id not in told and not _can_fill(draft, model):
            told.add(model.id)
            yield Fault(f"{at}.model", f"nothing at this hub charges or swaps a {model.id!r}; add a station that does")


def _can_fill(draft: Draft, model: ModelEntry) -> bool:
    """Whether some station fits the truck; with a broken station entry in the file nobody knows, so yes."""
    listed = len(draft.names["stations"]) + len(draft.names["swap_stations"])
    if listed > sum(len(names(s)) for _, s in (*draft.stations, *draft.swap_stations)):
        return True
    adapters = tuple(Adapter(a.plug, a.inlet) for a in model.adapters)
    plugs = {c.standard for _, s in draft.stations for e in s.evses for c in e.connectors}
    families = {s.family for _, s in draft.swap_stations} | {f.family for _, f in draft.fallbacks if f.family}
    return any(fits(plug, tuple(model.inlets), adapters) for plug in plugs) or model.family in families


def _fallbacks(draft: Draft) -> Faults:
    for at, fallback in draft.fallbacks:
        if fallback.kind is FallbackKind.THIRD_PARTY_SWAP:
            for key in ("place", "family", "certificate"):
                if not getattr(fallback, key):
                    yield Fault(f"{at}.{key}", "is missing; a third-party swap needs place, family and certificate")


# ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _zones(draft: Draft) -> Faults:
    named = [("timezone", draft.timezone), ("tariff.timezone", draft.tariff.timezone if draft.tariff else None)]
    for at, zone in named:
        if zone is not None and not known_zone(zone):
            yield Fault(at, f"{zone!r} is not a time zone of the IANA list; for example Asia/Shanghai")


def _tariff(draft: Draft) -> Faults:
    tariff = draft.tariff
    if tariff is None:
        return
    months: dict[int, str] = {}
    for i, season in enumerate(tariff.seasons):
        at = f"tariff.seasons[{i}]"
        yield from _periods(at, season)
        for month in season.months:
            if month in months:
                yield Fault(f"{at}.months", f"month {month} is already in {months[month]}")
            months.setdefault(month, at)
        for j, period in enumerate(season.periods):
            if period.band not in tariff.multipliers:
                yield Fault(f"{at}.periods[{j}].band", f"{period.band.value!r} has no entry under tariff.multipliers")


def _periods(at: str, season: SeasonEntry) -> Faults:
    end = 0
    for j, period in enumerate(season.periods):
        if minute_of(period.start) != end:
            wrong = "leaves a gap after" if minute_of(period.start) > end else "overlaps"
            yield Fault(f"{at}.periods[{j}].start", f"{period.start} {wrong} {end // 60:02d}:{end % 60:02d}")
        if minute_of(period.end) <= minute_of(period.start):
            yield Fault(f"{at}.periods[{j}].end", f"{period.end} is not after {period.start}; cut it at midnight")
        end = minute_of(period.end)
    if end != 1440:
        yield Fault(f"{at}.periods", f"end at {season.periods[-1].end}; the last must end at 24:00")


def _tariff_months(draft: Draft) -> Faults:
    """The tariff covers the whole year: a hub runs on into every month."""
    if draft.tariff is None:
        return
    covered = {month for season in draft.tariff.seasons for month in season.months}
    missing = sorted(set(range(1, 13)) - covered)
    if missing:
        said = ", ".join(str(month) for month in missing)
        yield Fault("tariff.seasons", f"say nothing about month {said}; add a season for it")


def _shifts(draft: Draft) -> Faults:
    for at, truck in draft.trucks:
        if (truck.shift_start is None) != (truck.shift_end is None):
            yield Fault(at, "has a shift_start or a shift_end only; give both, or none for always on duty")
        elif truck.shift_start is not None and truck.shift_start == truck.shift_end:
            yield Fault(f"{at}.shift_end", "is the start of the shift; leave both out for always on duty")


def _certificates(draft: Draft) -> Faults:
    stations = draft.names["stations"] | draft.names["swap_stations"]
    for at, certificate in draft.certificates:
        if certificate.requirement not in _REQUIREMENTS:
            hint = nearest(certificate.requirement, _REQUIREMENTS) or f"; there are {', '.join(_REQUIREMENTS)}"
            yield Fault(f"{at}.requirement", f"{certificate.requirement!r} is no requirement known here{hint}")
        for name in certificate.stations:
            if name not in stations:
                yield Fault(f"{at}.stations", _unknown(name, "stations", stations))
        if certificate.valid_to is not None and certificate.valid_to < certificate.valid_from:
            yield Fault(f"{at}.valid_to", f"is before valid_from ({certificate.valid_from})")


_RULES: tuple[Callable[[Draft], Faults], ...] = (
    _series, _twins, _station_ids, _references, _legs, _reach, _grid, _voltages, _models, _packs, _trucks,
    _shifts, _fallbacks, _certificates, _zones, _tariff, _tariff_months,
)  # fmt: skip
