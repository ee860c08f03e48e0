"""How much of a page the dental chart takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from PySide6.QtCore import QBuffer

from dentalviewer.dentition import DECIDUOUS_TEETH, PERMANENT_TEETH, Tooth
from dentalviewer.gui.reporting.page_teeth import chart_blocks
from dentalviewer.gui.reporting.pages import ROOMY, new_writer
from dentalviewer.reports.report import Report
from dentalviewer.reports.tooth_states import ToothState
from tests.reports.conftest import report as report
from tests.reports.conftest import review as review
from tests.reports.conftest import study as study

pytestmark = pytest.mark.usefixtures("qapp")


def height_by_tooth(report: Report, teeth: Iterable[Tooth]) -> float:
    """Of the chart and what it says, where `teeth` are the only ones that are known."""
    states = {tooth: ToothState(tooth, True) for tooth in teeth}
    buffer = QBuffer()
    writer = new_writer(buffer, "")
    blocks = chart_blocks(replace(report, teeth=states), writer, ROOMY)
    return sum(block.height for block in blocks)


def test_one_deciduous_tooth_beside_its_successor_takes_half_a_chart(
    report: Report,
) -> None:
    """Of seven in both rows, the chart is as high as that of the permanent ones."""
    alone = height_by_tooth(report, PERMANENT_TEETH)
    one = height_by_tooth(report, (*PERMANENT_TEETH, Tooth(7, 5))) - alone
    seven = height_by_tooth(report, (*PERMANENT_TEETH, *DECIDUOUS_TEETH[::3])) - alone
    assert one == pytest.approx(seven / 2, rel=0.15)
