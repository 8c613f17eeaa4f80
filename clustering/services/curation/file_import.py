"""Makes the decisions of a curation file in a run."""

from uuid import UUID, uuid5

from django.db import transaction

from clustering.models import Run, User
from clustering.pipeline.curation_file import CurationFile
from clustering.services.curation import undo
from clustering.services.curation.conflicts import Conflict
from clustering.services.curation.file_plan import Plan, plan
from clustering.services.curation.log import begin


@transaction.atomic
def apply(run: Run, user: User, file: CurationFile, *, seen: int, client_id: UUID) -> Plan:
    """Make all decisions of the plan, each as one that can be undone; return the plan.

    Args:
        seen: version of the run that the preview showed.

    Raises:
        Conflict: if decisions were made since.
        InputError: if a decision is not possible; then none is made.
    """
    first = uuid5(client_id, "0")
    if begin(run, first):  # sent twice
        return Plan()
    if undo.state(run, user).version != seen:
        raise Conflict("decisions were made since the preview; look at it again")
    found = plan(run, file)
    for number, step in enumerate(found.steps):
        step.command.apply(run, user, uuid5(client_id, str(number)))
    return found
