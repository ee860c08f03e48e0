"""Which tooth of a jaw has which place of its row, their order kept.

Alignments that keep the order and leave gaps on both sides (Needleman & Wunsch 1970):
the best one, and by the forward-backward algorithm (Rabiner 1989) how far all of them
agree with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowAlignment:
    """What alignments of n teeth with the p places of a row are worth, as sums.

    Teeth and places are in order, from the patient's right to left. `own` (n, p) is the
    worth of a place for a tooth, `aside` (n,) that of a tooth without one. `between`
    (n, n, p, p) is added for neighbours: [i, j, a, b] if tooth i has place a and tooth
    j, the next that has one, place b; minus infinity where b is not behind a.
    """

    own: Floats
    aside: Floats
    between: Floats

    def best(self) -> dict[int, int]:
        """The place of each tooth, by their indices, in the alignment that is worth
        most; without the teeth that stand aside.
        """
        teeth, places = self.own.shape
        left = self._left_aside
        # Of the best alignment of teeth 0 to i in which tooth i has place p.
        worth = self.own + left[:-1, None]
        before = np.full((teeth, places, 2), -1)
        for i in range(1, teeth):
            chained = (
                worth[:i, :, None]
                + (left[i] - left[1 : i + 1])[:, None, None]
                + self.between[:i, i]
            ).reshape(-1, places)
            choice = chained.argmax(axis=0)
            with_others = self.own[i] + chained[choice, np.arange(places)]
            better = with_others > worth[i]
            worth[i] = np.where(better, with_others, worth[i])
            pairs = np.stack(np.unravel_index(choice, (i, places)), axis=1)
            before[i][better] = pairs[better]
        ends = worth + (left[-1] - left[1:])[:, None]
        chosen: dict[int, int] = {}
        if ends.max() > left[-1]:
            i, place = map(int, np.unravel_index(ends.argmax(), ends.shape))
            while i >= 0:
                chosen[i] = place
                i, place = map(int, before[i, place])
        return chosen

    def shares(self, temperature: float) -> Floats:
        """(n, p): of all alignments in which a tooth has a place, the share in which it
        is this one. Each counts by the exponential of its worth over `temperature`.
        """
        own, between = self.own / temperature, self.between / temperature
        left = self._left_aside / temperature
        teeth, places = own.shape
        until = own + left[:-1, None]
        for i in range(1, teeth):
            aside = (left[i] - left[1 : i + 1])[:, None, None]
            chained = until[:i, :, None] + aside + between[:i, i]
            with_others = own[i] + _log_sum(chained.reshape(-1, places))
            until[i] = np.logaddexp(until[i], with_others)
        after = np.repeat((left[-1] - left[1:])[:, None], places, axis=1)
        for i in reversed(range(teeth - 1)):
            aside = (left[i + 1 : -1] - left[i + 1])[:, None, None]
            following = (own + after)[i + 1 :, None, :]
            chained = np.moveaxis(between[i, i + 1 :] + aside + following, 1, 2)
            after[i] = np.logaddexp(after[i], _log_sum(chained.reshape(-1, places)))
        total = until + after
        shares: Floats = np.exp(total - total.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    @property
    def _left_aside(self) -> Floats:
        """(n + 1,): what teeth 0 to i, without i, are worth if all stand aside."""
        return np.concatenate([[0.0], self.aside.cumsum()])


def _log_sum(terms: Floats) -> Floats:
    """The logarithm of the sum of exponentials, over the first axis."""
    most = terms.max(axis=0)
    most = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(terms - most).sum(axis=0)) + most, np.float64)
