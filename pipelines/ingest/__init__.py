"""Files in: opened, counted, landed in ``raw``, staged, each in one transaction, or refused as a whole.

``opening`` makes UTF-8 text of any accepted file, ``records`` counts it independently of the loader,
``documents`` reads JSON and TOML, which ``json_scan`` counts, ``landing`` loads it, ``keeping`` deals with personal
values, ``age`` dates it, ``staging`` types it and sends what is wrong to quarantine, ``run`` leads a file through all
of them. What a format looks like belongs in ``pipelines.sources``.
"""
