"""The replicas as Serve deployments: how many there may be, how much waits for each, when one is replaced."""

from typing import Any

from ray import serve
from ray.serve.schema import LoggingConfig

from assistant.wire import ENCODER
from serving.replicas import EncoderReplica, NetworkReplica
from vision_models.card import MODEL_NAMES

#: The share of a core that a replica counts as: a turn asks gate, network and encoder one after the other, so
#: that one replica of each of the four keep one core busy.
CORES = 0.25
#: Calls on their way that a replica should have, and may have. Those beyond wait, and where so many wait, the
#: next are refused with 503: all of them together take a replica less time than a front waits.
ON_THEIR_WAY, MOST_ON_THEIR_WAY, MOST_WAITING = 2, 16, 32
#: Most replicas of each, as a multiple of the fewest.
GROWTH = 4
#: Seconds between two looks at a replica's health, and for one of them.
HEALTH_EVERY, HEALTH_WITHIN = 10.0, 10.0


#: The applications: each answers at its own name, as ``assistant.remote`` asks.
NAMES = (*MODEL_NAMES, ENCODER)


def application(name: str, fewest: int = 1, encoder: str = "") -> serve.Application:
    """``fewest`` replicas of a model, and up to ``GROWTH`` times as many when they are asked more.

    ``encoder``: which one is meant by that name, empty for the shipped one.
    """
    options: dict[str, Any] = {
        "ray_actor_options": {"num_cpus": CORES},
        "max_ongoing_requests": MOST_ON_THEIR_WAY,
        "max_queued_requests": MOST_WAITING,
        "autoscaling_config": {
            "min_replicas": fewest,
            "max_replicas": GROWTH * fewest,
            "target_ongoing_requests": ON_THEIR_WAY,
        },
        "health_check_period_s": HEALTH_EVERY,
        "health_check_timeout_s": HEALTH_WITHIN,
        "graceful_shutdown_timeout_s": 5.0,
        # Its lines would be one for each turn of a person.
        "logging_config": LoggingConfig(enable_access_log=False),
    }
    if name == ENCODER:
        return serve.deployment(EncoderReplica, **options).bind(encoder)
    return serve.deployment(NetworkReplica, **options).bind(name)
