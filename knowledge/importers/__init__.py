"""Files of other shops' systems, turned into records."""

from knowledge.importers.importing import import_file
from knowledge.importers.options import Options
from knowledge.importers.report import BadRow, Report

__all__ = ["BadRow", "Options", "Report", "import_file"]
