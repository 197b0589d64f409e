"""The report: data, model, errors, people and decisions of a loop on one page that needs nothing else."""

from nbloop.report.markdown import markdown
from nbloop.report.page import html
from nbloop.report.section import Outcome, Section, Share, Span
from nbloop.report.writing import write_report

__all__ = ["Outcome", "Section", "Share", "Span", "html", "markdown", "write_report"]
