"""What a unit remembers of its answers, so that no request is acted upon twice."""

from drivers.sim.pump_defects import Defect
from protocols.pump_link.device_session import AnswerStore
from protocols.pump_link.frame import Frame


def answers_of(defects: frozenset[Defect]) -> AnswerStore:
    """Return the memory of a unit, empty."""
    return ForgetfulAnswers() if Defect.REPEAT_ACTS in defects else AnswerStore()


class ForgetfulAnswers(AnswerStore):
    """The memory of a defective unit: it takes a repetition for a new request."""

    __slots__ = ()

    def recall(self, request: Frame) -> None:
        """Return None: nothing is remembered."""

    def accepts(self, sequence: int) -> bool:
        """Return True: any sequence will do."""
        return True
