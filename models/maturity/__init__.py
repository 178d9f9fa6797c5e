"""Maturity: which share of their final returns young lines have shown, and where their cohorts will end."""

from __future__ import annotations

from models.maturity.curves import Curves
from models.maturity.learning import learn_curves
from models.maturity.prior import SharedPrior
from models.maturity.projection import project, project_periods
from models.maturity.stored import StoredCurves

__all__ = ["Curves", "SharedPrior", "StoredCurves", "learn_curves", "project", "project_periods"]
