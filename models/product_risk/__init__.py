"""How risky is a product, a variant, a supplier: rates shrunk to their like, with intervals and two honest lists.

Belongs here: exposure-adjusted hierarchical Beta-Binomial rates, chance, disproportionality of reasons. Not here:
when returns come (``models/maturity``), alarms over time (``models/early_warning``).
"""

from models.product_risk.disproportionality import Disproportionality, disproportionality
from models.product_risk.names import unit_id
from models.product_risk.score import CLASS_ALL, RiskScores, score
from models.product_risk.shared_prior import Expectation, SharedPrior

__all__ = [
    "CLASS_ALL",
    "Disproportionality",
    "Expectation",
    "RiskScores",
    "SharedPrior",
    "disproportionality",
    "score",
    "unit_id",
]
