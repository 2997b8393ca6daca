"""Every hostile message, in both languages."""

from tests.hostile.emergencies import EMERGENCIES
from tests.hostile.injections import INJECTED
from tests.hostile.letters import LETTERS, LONG
from tests.hostile.wishes import ADVICE, CLAIMS, IGNORING, SECRETS

MESSAGES = (*LONG, *LETTERS, *INJECTED, *IGNORING, *SECRETS, *ADVICE, *CLAIMS, *EMERGENCIES)
