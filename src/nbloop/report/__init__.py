"""The report: data, model, errors, people and decisions of a loop on one page that needs nothing else."""

from nbloop.report.page import html, markdown, write_report
from nbloop.report.section import Section
from nbloop.report.sections import sections

__all__ = ["Section", "html", "markdown", "sections", "write_report"]
