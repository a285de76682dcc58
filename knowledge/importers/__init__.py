"""Files of other shops' systems, turned into records."""

from knowledge.importers.importing import Progress, import_file
from knowledge.importers.options import Options
from knowledge.importers.report import BadRow, Report, RowsUnusable

__all__ = ["BadRow", "Options", "Progress", "Report", "RowsUnusable", "import_file"]
