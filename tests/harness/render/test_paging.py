"""Which cases stand on which page of a report."""

import pytest

from harness.render import paging
from harness.render.case_fold import unknown_case
from harness.render.case_record import CaseRecord


def cases(count: int) -> list[CaseRecord]:
    return [unknown_case(f"R-1/{number}") for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (1, 1), (500, 1), (501, 2), (1000, 2), (1001, 3)]
)
def test_every_case_stands_on_one_page_in_the_order_of_the_run(
    count: int, pages: int
) -> None:
    given = cases(count)
    found = [paging.page(given, number) for number in range(1, pages + 1)]

    assert [case for page in found for case in page.cases] == given
    assert all(len(page.cases) <= 500 for page in found)
    assert {page.of for page in found} == {pages}
    for number in (0, pages + 1):
        with pytest.raises(ValueError, match=f"the report has {pages}"):
            paging.page(given, number)


def test_a_page_leads_to_the_others() -> None:
    second = paging.page(cases(1001), 2)

    assert [(link.file, link.said) for link in paging.links("report.html", second)] == [
        ("report.html", "cases from 1"),
        ("", "cases from 501"),
        ("report-3.html", "cases from 1001"),
    ]
    assert paging.links("report.html", paging.page(cases(500), 1)) == ()
