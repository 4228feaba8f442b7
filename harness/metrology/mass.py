"""From what a balance shows twice to the mass between, with what corrects it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from harness.metrology.ambient import Ambient, air_change
from harness.metrology.budget import Estimate, chain, evaluate
from harness.metrology.buoyancy import load_buoyancy_mg
from harness.metrology.certificate import Certificate
from harness.metrology.inputs import Evaluation, Input
from harness.metrology.plateau import Plateau
from harness.metrology.weighings import BalanceSpec, Vessel

NG_PER_MG: Final = 1e6
WEIGHTS: Final = ("weight at the start", "weight at the end")
"""What the two ends of a change of mass are called in its budget."""


def alone(source: Input) -> Estimate:
    """One input as an estimate, to be a part of a further one."""
    return evaluate(_same, (source,))


def shown_change(
    instrument: str, balance: BalanceSpec, start: Plateau, end: Plateau
) -> Estimate:
    """Change of the display, mg, corrected by the balance's certificate.

    A plateau is one cause: results that share it share its error.

    Raises:
        MeasurementRefused: the certificate does not reach to a load.
    """
    points, shares = _calibration(instrument, balance, start, end)
    inputs = (
        *(
            _weight(instrument, balance, name, each)
            for name, each in zip(WEIGHTS, (start, end), strict=True)
        ),
        Input.triangular("readability", 0.0, balance.readability_ng / NG_PER_MG, "mg"),
        *points,
    )

    def model(first: float, last: float, digit: float, *corrections: float) -> float:
        return last - first + digit + _weighted(shares, corrections)

    return evaluate(model, inputs)


def certificate_correction_mg(
    instrument: str, balance: BalanceSpec, start: Plateau, end: Plateau
) -> float:
    """What the certificate adds to the change of the display, mg.

    Raises:
        MeasurementRefused: the certificate does not reach to a load.
    """
    points, shares = _calibration(instrument, balance, start, end)
    return _weighted(shares, [each.value for each in points])


def load_buoyancy(vessel: Vessel, start: Ambient, end: Ambient) -> Estimate:
    """What the changed air has taken from the display of the whole load, mg.

    Raises:
        MeasurementRefused: a condition that no laboratory has.
    """
    load = Input(
        "volume of the load",
        vessel.load_volume_ml,
        vessel.u_load_volume_ml,
        "mL",
        cause="volume of the load",
    )
    return chain(load_buoyancy_mg, alone(load), air_change(start, end))


def _weight(instrument: str, balance: BalanceSpec, name: str, at: Plateau) -> Input:
    s_ng = max(at.s_ng, balance.repeatability_ng)
    is_seen = at.s_ng >= balance.repeatability_ng
    return Input(
        name,
        at.mass_ng / NG_PER_MG,
        s_ng / math.sqrt(at.n) / NG_PER_MG,
        "mg",
        dof=at.n - 1,
        evaluation=Evaluation.A if is_seen else Evaluation.B,
        cause=f"{instrument}: {at.n} readings about {at.t_ns} ns",
    )


def _calibration(
    instrument: str, balance: BalanceSpec, start: Plateau, end: Plateau
) -> tuple[tuple[Input, ...], tuple[float, ...]]:
    """The points of the certificate that a difference rests on, each with its share."""
    if balance.certificate is None:
        return (), ()
    certificate = balance.certificate
    before, after = (
        _shares(certificate, balance.tare_load_mg + each.mass_ng / NG_PER_MG)
        for each in (start, end)
    )
    found = []
    for point, first, last in zip(certificate.points, before, after, strict=True):
        if first != last:
            name = f"calibration of {instrument} at {point.at / 1000.0:g} g"
            source = Input(
                name, point.correction, point.u, "mg", dof=point.dof, cause=name
            )
            found.append((source, last - first))
    return tuple(each for each, _ in found), tuple(share for _, share in found)


def _shares(certificate: Certificate, load_mg: float) -> list[float]:
    """Weights of the points in the interpolation at a load; their sum is 1."""
    certificate.correct(load_mg)
    loads = [point.at for point in certificate.points]
    # Beyond the outermost points the certificate holds as far as it says.
    load = min(max(load_mg, loads[0]), loads[-1])
    shares = [0.0] * len(loads)
    above = next(index for index, each in enumerate(loads) if load <= each)
    below = max(above - 1, 0)
    width = loads[above] - loads[below]
    shares[below] = (loads[above] - load) / width if width else 0.0
    shares[above] = 1.0 - shares[below]
    return shares


def _weighted(shares: Sequence[float], corrections: Sequence[float]) -> float:
    pairs = zip(shares, corrections, strict=True)
    return sum((share * each for share, each in pairs), start=0.0)


def _same(value: float) -> float:
    return value
