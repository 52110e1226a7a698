"""One self-contained HTML page of a run: `python -m pumprig.report RUN`, or `render(path)` for its text.

The page is derived from the record alone and holds no date of its own: made again, it has the same bytes.
"""

from pumprig.report._page import render

__all__ = ["render"]
