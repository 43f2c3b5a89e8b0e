"""Proposals of the Gaussian process, for every oracle that asks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.acquisition import CandidateSearch, Promise
from tui_tuner.oracles.blas import one_blas_thread
from tui_tuner.oracles.design import initial_design, remoteness
from tui_tuner.oracles.explanation import Explanation, Reason
from tui_tuner.oracles.gp_fit import Fits
from tui_tuner.oracles.input_warping import warps_inputs
from tui_tuner.oracles.observations import EncodedTrials, Observations, Outcome
from tui_tuner.oracles.output_warping import warp_in_turn
from tui_tuner.oracles.region import Region
from tui_tuner.oracles.surrogate import Surrogate
from tui_tuner.oracles.trial import Trial
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import SpaceEncoding
from tui_tuner.space.limits import Limit

Array = NDArray[np.float64]

INITIAL_POINTS = 5
_LISTED = 2000
"""Spaces of at most so many configurations are looked through one by one."""
_BEST_CENTERS = 5


def warm_up() -> None:
    """Load what the first proposal of a model needs, which takes longer than any proposal."""
    import scipy.optimize
    import scipy.special  # noqa: F401

    with one_blas_thread():
        pass


@dataclass(frozen=True)
class Known:
    """What a proposal follows from.

    Args:
        space: The search space.
        limits: What people have forbidden of it, by name.
        trials: By id, in the order of creation.
        hashes: A hash of each trial's values, by id.
        outcomes: What the trials tell.
        looked_at: How many configurations were begun; it need not be counted beyond the initial ones.
        seed: Of the search.
        number: Of the proposal: another one draws other candidates.
        is_ending: Whether hardly any trial follows, see `Surrogate`.
        earlier: Configurations of earlier searches; `outcomes` tells what came of them, too.
        first: Configurations to begin with, in place of a design of points that are spread out.
    """

    space: HyperParameters
    limits: Mapping[str, Limit]
    trials: Mapping[str, Trial]
    hashes: Mapping[str, str]
    outcomes: Sequence[Outcome]
    looked_at: int
    seed: int
    number: int
    is_ending: bool = False
    earlier: Sequence[Mapping[str, Any]] = ()
    first: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Proposed:
    """A configuration, and why; what was predicted of it is to be minimised."""

    values: dict[str, Any]
    why: Explanation


@dataclass
class Groundwork:
    """What takes long in a proposal and changes little with a result more. A proposal that is given it, does it; one
    that is given it when that is done, builds on it.

    Args:
        fits: The parameters of the kernels.
        candidates: What promised most then, shape `(points, axes)`; `None` before.
    """

    fits: Fits = field(default_factory=Fits)
    candidates: Array | None = None


class ModelProposals:
    """Fits a model to what is known and proposes where it promises most.

    What it keeps between proposals only saves time: a proposal follows from what is known alone.

    Args:
        initial_points: How many configurations there are before the model is asked, spread out.
        noise_floor: The least variance of the noise that the model assumes, in units of that of the objective.
        beta: For the lower confidence bound in place of the expected improvement.
        doubts: Whether the model is taken for less sure than it says, see `Surrogate`.
    """

    def __init__(
        self,
        initial_points: int = INITIAL_POINTS,
        noise_floor: float = 1e-4,
        beta: float | None = None,
        doubts: bool = True,
    ) -> None:
        self._initial_points = initial_points
        self._noise_floor = noise_floor
        self._beta = beta
        self._doubts = doubts
        self._encoded: EncodedTrials | None = None
        self._encoded_space: tuple[HyperParameters, int] | None = None
        self._region: Region | None = None
        self._limits: Mapping[str, Limit] = {}

    def propose(self, known: Known, groundwork: Groundwork | None = None) -> Proposed | None:
        """A configuration, or `None` where the model has nothing to say. It may have been tried.

        Args:
            groundwork: Of the same space, limits and number; by default this proposal's own.
        """
        trials = self._encoded_trials(known)
        encoding = trials.encoding
        region = self._present_region(encoding, known.limits)
        if not encoding.dimension:
            return Proposed(region.decode(np.zeros(0)), Explanation(Reason.INITIAL))
        if known.first and known.looked_at < len(known.first):
            point = region.canonical(encoding.encode(known.first[known.looked_at]).points[None, :]).points[0]
            return Proposed(region.decode(point), Explanation(Reason.INITIAL))
        if not known.first and known.looked_at < self._initial_points:
            point = self._initial(region, known.seed)[known.looked_at]
            return Proposed(region.decode(point), Explanation(Reason.INITIAL))
        rng = np.random.default_rng([known.seed, known.number])
        observations = trials.observations(known.outcomes, rng)
        with one_blas_thread():
            return self._most_promising(trials, observations, region, rng, known, groundwork or Groundwork())

    def _initial(self, region: Region, seed: int) -> Array:
        points = initial_design(region.encoding, self._initial_points, seed)
        # The first one is where people would begin, if that may be proposed.
        return region.canonical(np.vstack([points[:1], region.spread(points[1:])])).points

    def _most_promising(
        self,
        trials: EncodedTrials,
        observations: Observations,
        region: Region,
        rng: np.random.Generator,
        known: Known,
        groundwork: Groundwork,
    ) -> Proposed | None:
        encoding = region.encoding
        surrogate: Surrogate | None = None
        promise: Promise
        if np.isfinite(observations.values).any():
            results = observations.count
            surrogate = Surrogate(
                observations,
                encoding,
                warp_in_turn(known.number, results),
                self._noise_floor,
                self._beta,
                doubts=self._doubts,
                is_ending=known.is_ending,
                warps_inputs=observations.fidelities is None and warps_inputs(known.number, results),
                fits=groundwork.fits,
            )
            promise = surrogate.promise
        else:  # nothing to learn from, or failures only: as far from all that as can be
            seen = observations.all_known
            if not len(seen.points):
                return None
            promise = remoteness(encoding, seen)
        search = CandidateSearch(region, trials.is_tried, promise, rng)
        point: Array | None = None
        if groundwork.candidates is not None:
            point = search.best_near(groundwork.candidates)
        if point is None:
            if region.size is not None and region.size <= _LISTED:
                point = search.best_of(region.all_configurations)
            else:
                point = search.best_around(observations.best_points(_BEST_CENTERS))
        if point is None:
            return None
        groundwork.candidates = np.vstack(search.candidates)
        why = Explanation(Reason.EXPLORE) if surrogate is None else surrogate.explain(region.canonical(point[None, :]))
        return Proposed(region.decode(point), why)

    def _present_region(self, encoding: SpaceEncoding, limits: Mapping[str, Limit]) -> Region:
        if self._region is None or self._region.encoding is not encoding or self._limits != limits:
            self._region, self._limits = Region(encoding, limits), dict(limits)
        return self._region

    def _encoded_trials(self, known: Known) -> EncodedTrials:
        """The trials as points of the present space."""
        space = (known.space, len(known.space.space))  # it only grows, or is replaced
        if self._encoded is None or self._encoded_space != space:
            self._encoded, self._encoded_space = EncodedTrials(known.space), space
        self._encoded.update(known.trials, known.hashes)
        self._encoded.take_in_earlier(known.earlier)
        return self._encoded
