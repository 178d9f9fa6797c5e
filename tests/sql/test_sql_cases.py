"""Every given / expect case of ``sql/``: a query yields exactly the rows that its case expects."""

from __future__ import annotations

import pytest
from sql_cases import Case, all_cases, failure_of


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.table}/{case.name}")
def test_query_yields_what_the_case_expects(case: Case) -> None:
    failure = failure_of(case)
    assert not failure, failure
