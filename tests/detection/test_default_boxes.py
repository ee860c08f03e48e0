from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.detection.networks.default_boxes import fit_default_boxes


def test_sizes_are_grouped_and_told_in_strides() -> None:
    # Roots of the areas: 32, 4 strides of 8; and 100, 3.1 strides of 32.
    small, wide = [(32.0, 32.0)] * 5, [(200.0, 50.0)] * 5

    found = fit_default_boxes(np.array(small + wide), 2, seed=0)

    # By area in strides: 4 x 4 is 16, 200/32 x 50/32 is 10.
    assert found == ((6.25, 1.56), (4.0, 4.0))


def test_one_shape_at_two_scales_is_one_default_box() -> None:
    sizes = np.array([(32.0, 32.0), (64.0, 64.0), (128.0, 128.0)])

    assert fit_default_boxes(sizes, 1, seed=0) == ((4.0, 4.0),)


def test_a_head_that_begins_at_a_coarser_level_counts_in_its_strides() -> None:
    sizes = np.array([(32.0, 32.0)] * 3)

    assert fit_default_boxes(sizes, 1, seed=0, first_level=1) == ((2.0, 2.0),)


def test_the_middle_of_a_group_is_not_moved_by_one_mistake() -> None:
    sizes = np.array([(32.0, 32.0)] * 9 + [(33.0, 46.0)])

    assert fit_default_boxes(sizes, 1, seed=0) == ((4.0, 4.0),)


def test_too_few_boxes_to_learn_sizes_from_are_refused() -> None:
    with pytest.raises(ValueError, match="2 boxes are too few to fit 4 sizes"):
        fit_default_boxes(np.ones((2, 2)), 4, seed=0)
