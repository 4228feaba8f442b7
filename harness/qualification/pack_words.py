"""What a qualification says in fixed words: use, risks, limits, and when to repeat it.

The subjects follow ISO 13485:2016, 7.6, and ISO/TR 80002-2:2017, in words of our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.qualification.pack import Subject

METHOD: Final = (
    "Method adapted from the subjects of ISO 13485:2016, 7.6, and ISO/TR 80002-2:2017."
    " No conformity with either is claimed: whoever uses the tool decides whether this"
    " is enough for the use that they make of it."
)
INTENDED_USE: Final = (
    "Verification of infusion pumps on a bench: the tool programmes the pump, weighs"
    " what comes out, listens for alarms, and judges each requirement of a plan as"
    " PASS, FAIL or INCONCLUSIVE, with a record that leads to the raw bytes.",
    "Users are verification engineers who plan and run, reviewers who approve plans and"
    " judge deviations, and auditors who open the record later.",
    "It is not for pumps that are connected to a patient, not for deciding on a"
    " therapy, not for the release of single units in production without a plan of"
    " sampling, and it is no calibration of the instruments of the bench.",
)


@dataclass(frozen=True, slots=True)
class Risk:
    """What could go wrong, what guards against it, and where this pack shows it."""

    harm: str
    control: str
    evidence: tuple[Subject, ...]


RISKS: Final = (
    Risk(
        "A defective pump passes (the worst that can happen)",
        "cross-checks of telemetry, balance, alarm output, log and clock; guard bands;"
        " whatever is uncertain is INCONCLUSIVE",
        (Subject.KILLS, Subject.ORACLES),
    ),
    Risk(
        "A healthy pump fails",
        "limits are judged with the uncertainty of each value",
        (Subject.HEALTHY,),
    ),
    Risk(
        "So much stays undecided that the verdicts are worth nothing",
        "durations are planned from the uncertainty",
        (Subject.DECIDED,),
    ),
    Risk(
        "A fault of the bench is taken for one of the pump",
        "checks of balance, links, clock, disk and identities; a bench fault judges"
        " nothing",
        (Subject.BENCH_FAULTS,),
    ),
    Risk(
        "A formula or its code is wrong",
        "values of others are computed on this computer",
        (Subject.SELF_CHECKS,),
    ),
    Risk(
        "Another version of a library, or a damaged file, computes otherwise",
        "versions and files are compared with the lock",
        (Subject.PACKAGES, Subject.SOURCE),
    ),
    Risk(
        "The result depends on computer, time zone, language or chance",
        "a run is a function of its seed; equal bytes are demanded",
        (Subject.REPEATABILITY, Subject.HOST),
    ),
    Risk(
        "The simulator takes a way that hardware does not take",
        "one path; the same verdicts in one process and over the wire",
        (Subject.WIRE,),
    ),
    Risk(
        "Evidence is lost in a crash, or altered afterwards",
        "a chained journal that is written before it is acted upon, and signatures",
        (Subject.REPEATABILITY, Subject.SELF_CHECKS),
    ),
    Risk(
        "The qualification is about another installation than this one",
        "the campaign names the source that made it; a digest of everything is kept",
        (Subject.CAMPAIGN, Subject.SOURCE),
    ),
)

LIMITS: Final = (
    (
        "All defects and pumps of the campaign are simulated",
        "the kill rate is one of plans and judging; what a real bench adds is shown by"
        " `dosebench qualify --bench`",
    ),
    (
        "Defects, pumps and judge come from one house",
        "a defect that nobody thought of may survive; add your own complaints with"
        " --defects",
    ),
    (
        "No driver has met its instrument",
        "`dosebench doctor` and a known dispense come before the first formal run",
    ),
    (
        "The hash of a package in the lock is that of its wheel",
        "give the wheels with --wheels, or the origin of the installed files is not"
        " shown and the pack is not qualified",
    ),
    (
        "Compiled code that Python caches is not compared with its source",
        "formal runs use no cache of the tool's own code",
    ),
    (
        "A step of the computer's clock, a full disk and a lost power supply are not"
        " tried here",
        "the tool's own tests try them; run them on this computer with `make test`",
    ),
    (
        "Operating system, firmware and processor are named, not examined",
        "an update is an event of change control",
    ),
    (
        "Times are those of this computer's clock",
        "a signature proves who and what, not when",
    ),
    (
        "A program on this computer that lies to the tool is not found",
        "keep the computer of the bench for the bench",
    ),
)

REPEAT_WHEN: Final = (
    "another commit of the tool, or any change of its source",
    "another Python, another version of a package, another lock",
    "an update of the operating system, another computer, or a restored backup",
    "a change of plans, procedures or the list of defects",
    "a driver or a pump of your own that was added",
    "a defect found in use that the bench should have caught: add it, then repeat",
    "a year after the last qualification, or as your procedures say",
)

CHECKING: Final = (
    (
        "whether the pack is unaltered, and who signed it",
        "dosebench audit PACK.zip --trusted-key NAME.pub.pem",
    ),
    (
        "the same without dosebench",
        "python verify.py PACK.zip --trusted-key NAME.pub.pem",
    ),
    ("the digest of every file", "sha256sum --check manifest.sha256"),
    (
        "whether an installation is the one that was qualified",
        "dosebench qualify --check PACK.zip",
    ),
    (
        "matrix, bounds and shares",
        "dosebench audit counts the lines of results.jsonl anew",
    ),
    ("one defect again", "dosebench qualify --only ID"),
)
