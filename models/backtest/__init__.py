"""What a model would have said on an earlier day, held against what came after.

Belongs here: winding a merchant's history back to what was known on a day, and judging projections, scores and
warnings by what became known later. Not here: the models themselves, which are called as production calls them.
"""
