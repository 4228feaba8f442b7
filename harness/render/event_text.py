"""What happened while a case ran, one record at a time, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from harness.evidence.records import Kind
from harness.render.record_fields import Fields, text

TELLERS: Mapping[Kind, Callable[[Fields], str]] = MappingProxyType(
    {
        Kind.INTENT: lambda f: (
            f"{text(f, 'instrument')}: {text(f, 'command')} {text(f, 'details')}"
        ),
        Kind.STIMULUS: lambda f: f"{text(f, 'name')}: {text(f, 'action')}",
        Kind.OPERATOR: lambda f: f"{text(f, 'action')}: {text(f, 'answer')}",
        Kind.ALARM: lambda f: (
            f"{text(f, 'instrument')}: raised {text(f, 'raised') or 'none'}, cleared"
            f" {text(f, 'cleared') or 'none'}, now active {text(f, 'active') or 'none'}"
        ),
        Kind.LOOK: lambda f: (
            f"{text(f, 'requirement')}: look {text(f, 'number')} of {text(f, 'of')} is"
            f" {text(f, 'finding')}: {text(f, 'statement')}"
        ),
        Kind.RETRY: lambda f: (
            f"{text(f, 'instrument')}: {text(f, 'command')}, attempt"
            f" {text(f, 'attempt')}: {text(f, 'reason')}"
        ),
        Kind.REJECTION: lambda f: f"{text(f, 'instrument')}: {text(f, 'reason')}",
        Kind.FAULT: lambda f: f"{text(f, 'error')}: {text(f, 'reason')}",
        Kind.LINK: lambda f: (
            f"{text(f, 'instrument')}: link {text(f, 'event')}, {text(f, 'reason')}"
        ),
        Kind.RESUME: lambda f: f"{text(f, 'decision')}: {text(f, 'reason')}",
        Kind.NOTE: lambda f: text(f, "text"),
    }
)
