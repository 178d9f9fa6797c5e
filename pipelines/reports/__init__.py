"""The weekly report: snapshot -> frozen payload -> HTML that opens offline.

Belongs here: what a report says (``payload``, ``reading``, ``trust``), how it says it (``language``,
``sentences``, ``locale/``), how it is drawn (``palette``, ``svg``, ``figures``, ``templates/``) and how it is
kept (``write``). The dashboards draw the same payload with the same sentences, so that page and report never
disagree. Does not belong here: statistics (they are in ``sql/marts`` and ``models``) and anything that opens
the warehouse.
"""
