from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dentalviewer import agreement
from dentalviewer.agreement import AgreementCounts
from dentalviewer.decisions import decisions_between
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectorIdentity
from dentalviewer.reports import wording
from dentalviewer.reports.json_file import content
from dentalviewer.reports.report import (
    Report,
    RowSource,
)
from dentalviewer.reports.summary import summarise
from dentalviewer.reports.tooth_states import few_words
from dentalviewer.review import Patient, ReadingMode, Review, Sides
from dentalviewer.study import Finding, Study
from tests.reports.conftest import (
    CREATED,
    DECIDED,
    SETTINGS,
    accept_all,
    answer,
    finding,
)
from tests.test_tooth_assignment import crown, mouth, root


def test_rows_go_along_the_upper_jaw_and_then_the_lower_from_the_patients_right(
    study: Study,
) -> None:
    """And by class on one tooth; those without a tooth last, from left to right."""
    drawn = Review()
    for x, label, tooth in (
        (20, "restoration", 46),
        (30, "endodontic", 15),
        (200, "restoration", 36),
        (220, "restoration", 26),
        (28, "restoration", 15),
        (300, "restoration", None),
        (250, "implant", None),
    ):
        drawn = drawn.add(finding(x, label, tooth=tooth))

    usual = summarise(study, drawn, created=CREATED).rows
    # The numbers are the patient's, wherever the right is on the picture.
    mirrored = summarise(study, drawn.with_sides(Sides.MIRRORED), created=CREATED).rows

    told = [(row.number, row.label, str(row.placing)) for row in usual]
    assert told == [
        (1, "restoration", "15"),
        (2, "endodontic", "15"),
        (3, "restoration", "26"),
        (4, "restoration", "46"),
        (5, "restoration", "36"),
        (6, "implant", ""),
        (7, "restoration", ""),
    ]
    assert [(row.number, row.label, str(row.placing)) for row in mirrored] == told


def test_classes_that_the_glossary_lacks_come_last_on_a_tooth_by_their_names(
    study: Study,
) -> None:
    drawn = Review()
    for x, label in ((20, "retainer"), (300, "bracket"), (200, "bracket"), (9, "pin")):
        drawn = drawn.add(finding(x, label, tooth=36))
    drawn = drawn.add(finding(350, "implant", tooth=36))

    rows = summarise(study, drawn, created=CREATED).rows

    assert [(row.label, row.box.x_min) for row in rows] == [
        ("implant", 350),
        ("bracket", 200),
        ("bracket", 300),
        ("pin", 9),
        ("retainer", 20),
    ]


def test_a_note_is_told_without_the_blanks_around_it(study: Study) -> None:
    noted = Review(note=" \n Seen again in spring.\n")

    assert summarise(study, noted, created=CREATED).note == "Seen again in spring."


def test_who_decided_is_told_with_the_first_and_the_last_time(report: Report) -> None:
    """At one place, of both, at 14:03 UTC, the others two and three minutes later."""
    assert wording.readers(report) == (
        "Dr. Weiß: 3 decisions, 24 November 2026, 15:03 to 15:06 (UTC+01:00)."
    )


def test_what_was_undone_counts_as_no_decision(study: Study, review: Review) -> None:
    decided, log = accept_all(review)
    partly = decided.reopen([3, 4])
    told = []
    for before, after, action in (
        (decided, review, "Undo: Accept"),
        (review, decided, "Redo: Accept"),
        (decided, partly, "Take decision back"),
    ):
        log += decisions_between(
            before, after, action=action, reader="Dr. Li", when=DECIDED
        )
        report = summarise(study, after, log, created=CREATED)
        readers = content(report)["readers"]
        told.append((wording.readers(report), [each["decisions"] for each in readers]))

    when = "24 November 2026, 15:03 (UTC+01:00)."
    assert told == [
        ("No decisions have been recorded yet.", []),
        (f"Dr. Li: 3 decisions, {when}", [3]),
        (f"Dr. Li: 2 decisions, {when}", [2]),
    ]


def test_a_place_that_both_named_is_one_row_with_tooth_and_score(
    report: Report,
) -> None:
    crown = report.rows[1]

    assert crown.source is RowSource.BOTH
    assert str(crown.tooth) == "36"
    assert crown.score == 0.91


def test_the_tooth_that_was_corrected_holds_whoever_proposed_the_finding(
    study: Study, review: Review
) -> None:
    predicted = review.items[2].current
    on_37 = replace(predicted, tooth=Tooth(3, 7))

    decided = agreement.correct(review, 3, on_37)

    (row,) = summarise(study, decided, created=CREATED).rows
    assert (row.source, str(row.tooth), row.box) == (
        RowSource.BOTH,
        "37",
        predicted.box,
    )


def test_a_row_says_who_proposed_it(report: Report) -> None:
    assert [row.source.value for row in report.rows] == ["dentist", "both", "detector"]
    assert report.rows[0].score is None
    assert report.rows[2].score == 0.7


def test_counts_name_the_three_classes_and_any_other(
    study: Study, review: Review, empty: Report
) -> None:
    drawn = accept_all(review)[0].add(finding(350, "bracket"))

    counts = summarise(study, drawn, created=CREATED).counts

    assert counts == {"restoration": 1, "endodontic": 1, "implant": 1, "bracket": 1}
    assert empty.counts == {"restoration": 0, "endodontic": 0, "implant": 0}


def test_agreement_is_that_before_any_decision(report: Report) -> None:
    assert report.agreement is not None
    # One of two places each: 2 * 1 / (2 + 2).
    assert report.agreement.f1 == 0.5
    assert (report.agreement.both, report.agreement.detector_only) == (1, 1)


def test_who_never_read_apart_from_the_detector_does_not_disagree_with_it(
    study: Study,
) -> None:
    detector = answer(
        finding(20, "restoration", score=0.9), finding(200, "implant", score=0.9)
    )
    seen = Review().propose(detector).add(finding(300, "restoration"))
    decided, log = accept_all(seen)

    told = summarise(study, decided, log, created=CREATED)

    assert told.agreement is None
    assert wording.agreement(told) == (
        "Of these, the detector proposed 2, and the dentist added 1."
    )
    alone = replace(decided, mode=ReadingMode.READ_FIRST, read=True)
    assert summarise(study, alone, log, created=CREATED).agreement is not None


def test_who_read_first_is_compared_by_what_was_found_before_the_reveal(
    study: Study,
) -> None:
    """Found alone: a crown. After the reveal an implant was drawn as predicted."""
    detector = answer(
        finding(20, "restoration", score=0.9), finding(200, "implant", score=0.9)
    )
    opened = Review(mode=ReadingMode.READ_FIRST).propose(detector)
    alone = opened.add(finding(22, "restoration"))
    read = alone.marked_read()
    done = read.reject([2]).add(finding(202, "implant"))
    steps = ((opened, alone), (alone, read), (read, done))
    log = tuple(
        entry
        for before, after in steps
        for entry in decisions_between(
            before, after, action="Edit", reader="Dr. Weiß", when=DECIDED
        )
    )

    told = summarise(study, done, log, created=CREATED)
    untold = summarise(study, done, log[:1], created=CREATED)

    assert told.agreement == AgreementCounts(1, 0, 0, 1)
    assert "before the reveal" not in wording.agreement(told)
    assert untold.agreement == AgreementCounts(2, 0, 0, 0)
    assert wording.agreement(untold).endswith(
        "The review does not record what was marked before the reveal, so anything the"
        " dentist drew or copied afterwards is counted as well."
    )


def test_a_score_is_that_of_the_detector_which_the_report_names(study: Study) -> None:
    """The second says the crown again, a little aside, and no implant."""
    first = answer(
        finding(20, "restoration", score=0.9), finding(200, "implant", score=0.8)
    )
    decided, log = accept_all(Review().propose(first))
    second = Detection(
        DetectorIdentity("second", "cd" * 32),
        SETTINGS,
        (finding(24, "restoration", score=0.7),),
    )

    report = summarise(study, decided.propose(second), log, created=CREATED)

    assert report.detector is not None
    assert report.detector.name == "second"
    assert [(r.label, r.score, r.corrected) for r in report.rows] == [
        ("restoration", 0.7, False),
        ("implant", None, False),
    ]


def test_a_class_that_the_project_renamed_keeps_its_score_below_the_threshold(
    study: Study,
) -> None:
    said = answer(finding(20, "restoration", score=0.55))
    renamed = replace(said, names={"restoration": "filling"})
    decided, log = accept_all(Review().propose(renamed))
    higher = replace(SETTINGS, thresholds={"restoration": 0.7})

    report = summarise(study, decided.with_settings(higher), log, created=CREATED)

    assert [(row.label, row.score) for row in report.rows] == [("filling", 0.55)]


def test_thresholds_are_told_by_the_names_that_the_project_gave(study: Study) -> None:
    said = replace(answer(), names={"restoration": "filling"})

    report = summarise(study, Review().propose(said), created=CREATED)

    assert report.detector is not None
    assert report.detector.thresholds == {
        "filling": 0.45,
        "endodontic": 0.5,
        "implant": 0.55,
    }


def test_what_was_rejected_is_counted_and_left_out(
    study: Study, review: Review
) -> None:
    both_gone = agreement.reject(review, 1)

    report = summarise(study, accept_all(both_gone)[0], created=CREATED)

    assert report.rejected == 1
    assert [row.label for row in report.rows] == ["endodontic", "implant"]


def test_undecided_places_are_counted_and_left_out(unreviewed: Report) -> None:
    assert unreviewed.unreviewed
    assert unreviewed.undecided == 2
    assert [row.label for row in unreviewed.rows] == ["restoration"]
    assert wording.review_status(unreviewed) == (
        "Unreviewed: 2 findings are still undecided and left out here."
    )


def test_a_corrected_finding_says_so_and_keeps_the_detectors_score(
    study: Study, review: Review
) -> None:
    implant = review.items[-1]
    moved = Finding(implant.current.box.moved(5, 0), "implant")
    corrected = review.correct(implant.id, moved)

    row = summarise(study, corrected, created=CREATED).rows[-1]

    assert row.corrected
    assert wording.source_of(row) == "detector, corrected"
    assert (row.box.x_min, row.score) == (305, 0.7)


def test_two_classes_accepted_at_one_place_are_two_rows(study: Study) -> None:
    review = Review().propose_annotations([finding(20, "implant")])
    review = review.propose(answer(finding(20, "restoration", score=0.8)))

    rows = summarise(study, review.accept([1, 2]), created=CREATED).rows

    assert [(row.label, row.source.value) for row in rows] == [
        ("restoration", "detector"),
        ("implant", "dentist"),
    ]


def test_decisions_are_told_in_the_time_of_the_report(report: Report) -> None:
    (reader,) = report.readers

    assert (reader.name, reader.decisions) == ("Dr. Weiß", 3)
    # 14:03 UTC is 15:03 an hour further east.
    assert reader.first.isoformat() == "2026-11-24T15:03:00+01:00"
    assert report.rows[1].decided_by == "Dr. Weiß"
    assert wording.decided(report.rows[1]) == "Dr. Weiß, 2026-11-24 15:03"


def test_what_nobody_looked_at_is_unreviewed_until_somebody_says_nothing_is_there(
    study: Study, empty: Report
) -> None:
    assert empty.unreviewed
    assert wording.review_status(empty) == (
        "Unreviewed: nobody has said that there is nothing to find."
    )

    said = summarise(study, Review().marked_read(), created=CREATED)

    assert not said.unreviewed
    assert wording.review_status(said) == ""


def test_every_reason_why_a_report_is_not_final_is_given(unreviewed: Report) -> None:
    assert wording.review_status(replace(unreviewed, awaited=True)) == (
        "Unreviewed: 2 findings are still undecided and left out here; the detector"
        " was still looking at the radiograph."
    )


def test_nothing_found_names_the_thresholds(empty: Report) -> None:
    assert wording.result(empty) == (
        "No finding was accepted. The detector found nothing at scores of at least"
        " 45 % (restoration), 50 % (endodontic treatment) and 55 % (implant)."
    )
    assert wording.readers(empty) == "No decisions have been recorded yet."


def test_without_a_detector_the_report_says_that_none_was_asked(study: Study) -> None:
    report = summarise(study, Review(), created=CREATED)

    assert report.agreement is None
    assert wording.result(report) == "No finding was accepted. No detector was asked."
    assert ("Detector", "None was asked.") in wording.origin(report)


def test_a_drawn_finding_that_was_removed_leaves_a_report_without_it(
    study: Study, review: Review
) -> None:
    """Its removal is in the log, and decides nothing of the others."""
    decided, log = accept_all(review)
    drawn = decided.add(finding(350, "bracket"))
    edits = [
        decisions_between(before, after, action=action, reader="Dr. Weiß", when=DECIDED)
        for before, after, action in (
            (decided, drawn, "Draw"),
            (drawn, drawn.remove([5]), "Delete"),
        )
    ]

    told = summarise(study, drawn.remove([5]), (*log, *sum(edits, ())), created=CREATED)

    assert [row.label for row in told.rows] == ["endodontic", "restoration", "implant"]
    assert {row.decided_by for row in told.rows} == {"Dr. Weiß"}
    # Two of them about the place that both marked.
    assert told.readers[0].decisions == len(log) - 1


def test_a_decided_prediction_is_told_while_the_others_are_hidden(
    study: Study, review: Review
) -> None:
    """As after a batch: the implant was accepted, and reading alone begun again."""
    implant = review.items[-1]
    hidden = replace(review.accept([implant.id]), mode=ReadingMode.READ_FIRST)
    assert hidden.predictions_hidden

    told = summarise(study, hidden, created=CREATED)

    assert [(row.label, row.box.x_min) for row in told.rows] == [("implant", 300)]
    # The crown that the detector has too is one place, and so is the root filling.
    assert told.undecided == 2


def test_a_score_is_the_detectors_even_where_annotations_bear_one(study: Study) -> None:
    scored = finding(20, "endodontic", score=0.6)
    both = [finding(200, "restoration", score=0.4), scored]
    read = Review().propose_annotations(both)
    read = read.propose(answer(finding(204, "restoration", score=0.91)))

    told = summarise(study, accept_all(read)[0], created=CREATED)

    assert [(row.label, row.score) for row in told.rows] == [
        ("endodontic", None),
        ("restoration", 0.91),
    ]


def test_the_head_of_a_report_says_of_a_patient_what_is_known(
    report: Report, empty: Report
) -> None:
    def head(report: Report, **patient: str) -> str:
        named = replace(report, patient=Patient(**patient))
        return dict(wording.facts(named))["Patient"]

    assert head(report) == "not named"
    assert head(report, name=" M. Mouse ") == "M. Mouse"
    assert head(report, name="M. Mouse", number="17") == "M. Mouse\nno. 17"
    assert head(report, birth_date="3 May 1961") == "not named\nborn 3 May 1961"
    assert head(report, name="M.", number="17", birth_date="1961") == (
        "M.\nborn 1961, no. 17"
    )
    assert dict(wording.facts(report))["Reading"] == "Dr. Weiß\nmode: concurrent"
    assert dict(wording.facts(empty))["Reading"] == (
        "no decisions yet\nmode: concurrent"
    )


def test_agreement_is_told_in_a_sentence_with_all_its_numbers(report: Report) -> None:
    assert report.agreement is not None
    counts = replace(
        report.agreement, both=3, labels_differ=1, dentist_only=2, detector_only=5
    )

    # 2 * 3 / (2 * 4 + 2 + 5).
    assert wording.agreement(replace(report, agreement=counts)) == (
        "Dentist and detector agreed on 3 places and named 1 differently; 2 were marked"
        " only by the dentist and 5 only by the detector. Agreement before any"
        " correction: F1 = 0.40 (an IoU of 0.3 or more counts as the same place)."
    )


def test_hidden_predictions_are_not_given_away(study: Study, review: Review) -> None:
    reading = replace(review, mode=ReadingMode.READ_FIRST).accept([1, 2])

    report = summarise(study, reading, created=CREATED)

    assert report.unreviewed
    assert report.agreement is None
    assert report.undecided == 0
    assert [row.source.value for row in report.rows] == ["dentist", "dentist"]
    assert [row.score for row in report.rows] == [None, None]


def test_a_hidden_implant_carries_no_bridge(study: Study) -> None:
    teeth = mouth(36)
    bridge = Finding(crown(34, 36), "restoration")
    implant = Finding(root(36), "implant", score=0.9)
    heard = Review(mode=ReadingMode.READ_FIRST).propose_annotations([bridge])
    heard = heard.propose(replace(answer(implant), teeth=teeth)).accept([1])

    def placed(review: Review) -> str:
        (row,) = summarise(study, review, created=CREATED).rows
        return str(row.placing)

    assert placed(heard) == "34\u201336?"
    assert placed(heard.marked_read()) == "34\u201336"


def test_before_the_reveal_a_report_tells_of_no_tooth_that_the_reader_does_not_name(
    study: Study,
) -> None:
    filling = Finding(crown(35), "restoration")
    numbered = replace(
        answer(), teeth=mouth(), tooth_detector=DetectorIdentity("teeth", "7e" * 32)
    )
    heard = Review(mode=ReadingMode.READ_FIRST).propose_annotations([filling])
    heard = heard.propose(numbered).accept([1])

    def told(review: Review) -> tuple[str, ...]:
        report = summarise(study, review, created=CREATED)
        teeth = (report.teeth[Tooth.from_fdi(n)] for n in (34, 35))
        return (
            *(few_words(t) or t.in_words for t in teeth),
            wording.teeth_told(report),
        )

    hidden = "Which teeth the detector saw stays hidden until the reveal."
    assert told(heard) == ("not examined", "restored", hidden)
    assert told(heard.marked_read())[:2] == ("seen", "restored")


def test_once_revealed_the_report_says_which_way_was_read(
    study: Study, review: Review
) -> None:
    read = accept_all(replace(review, mode=ReadingMode.READ_FIRST).marked_read())[0]

    report = summarise(study, read, created=CREATED)

    assert not report.unreviewed
    assert wording.reading_mode(report).startswith("Read first, then reveal")


def test_a_file_name_that_is_no_text_is_still_told(study: Study) -> None:
    path = Path("pan\udcff.png")
    odd = replace(study, radiograph=replace(study.radiograph, path=path))

    assert summarise(odd, Review(), created=CREATED).radiograph_name == "pan?.png"


def test_dates_are_read_the_same_everywhere() -> None:
    assert wording.date(datetime(2026, 3, 5, 9, 7)) == "5 March 2026"
    assert wording.time_zone(CREATED) == "UTC+01:00"
