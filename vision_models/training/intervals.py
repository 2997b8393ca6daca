"""How far a measured share may be off: 95 % intervals from resampling whole groups (patients)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 20261121
#: The share of resamples that an interval leaves out, half on each side.
LEFT_OUT = 0.05
FEWEST_GROUPS = 10

Flags = NDArray[np.bool_]
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A share of ``n`` images from so many ``groups``, with its interval; all NaN where ``n`` is 0.

    Resampling fewer than ``FEWEST_GROUPS`` says little of how others would do: it comes out too narrow.
    """

    value: float
    low: float
    high: float
    n: int
    groups: int

    @property
    def is_firm(self) -> bool:
        return self.groups >= FEWEST_GROUPS


@dataclass(frozen=True, slots=True)
class Rates:
    """The four shares of a yes-or-no question."""

    sensitivity: Interval
    specificity: Interval
    precision: Interval
    accuracy: Interval


def share(hits: Flags, groups: Sequence[str] | None = None) -> Interval:
    """The share of ``hits (N,)`` that are true."""
    return _intervals([(hits, np.ones_like(hits))], groups)[0]


def rates(called: Flags, true: Flags, groups: Sequence[str] | None = None) -> Rates:
    """What ``called (N,)`` says of ``true (N,)``. ``groups``: what each image belongs to (a patient, a run of
    look-alikes); ``None`` takes each image for itself."""
    pairs = [(called, true), (~called, ~true), (true, called), (called == true, np.ones_like(true))]
    return Rates(*_intervals(pairs, groups))


def _intervals(pairs: Sequence[tuple[Flags, Flags]], groups: Sequence[str] | None) -> list[Interval]:
    """For each pair of flags the share of the second that the first holds for too.

    Percentile bootstrap over whole groups (Efron and Tibshirani, 1993; Field and Welsh, J. R. Stat. Soc. B
    2007): images of one patient are alike, and drawing them one by one would make the interval too narrow.
    """
    hits = _by_group(np.stack([hit & of for hit, of in pairs], axis=1), groups)
    totals = _by_group(np.stack([of for _, of in pairs], axis=1), groups)
    count = len(totals)
    if count == 0:
        return [Interval(math.nan, math.nan, math.nan, 0, 0) for _ in pairs]
    # How often each group is drawn, for every resample at once.
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    weights = drawn.astype(np.float64)
    resampled, of = weights @ hits, weights @ totals
    return [
        _interval(hits[:, k], totals[:, k], resampled[of[:, k] > 0, k] / of[of[:, k] > 0, k])
        for k in range(len(pairs))
    ]


def _by_group(flags: Flags, groups: Sequence[str] | None) -> Counts:
    if groups is None:
        return flags.astype(np.float64)
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    counts = np.zeros((int(index.max(initial=-1)) + 1, flags.shape[1]))
    np.add.at(counts, index, flags)
    return counts


def _interval(hits: Counts, totals: Counts, resampled: Counts) -> Interval:
    n, groups = int(totals.sum()), int((totals > 0).sum())
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, 0)
    value = float(hits.sum() / n)
    low, high = (float(edge) for edge in np.quantile(resampled, (LEFT_OUT / 2, 1 - LEFT_OUT / 2)))
    # All or none: resampling shows no spread, so the exact bound takes its place, with each group as one
    # trial (Clopper and Pearson, Biometrika 1934).
    if value == 1.0:
        low = (LEFT_OUT / 2) ** (1 / groups)
    elif value == 0.0:
        high = 1 - (LEFT_OUT / 2) ** (1 / groups)
    elif groups == 1:
        low, high = 0.0, 1.0
    return Interval(value, low, high, n, groups)
