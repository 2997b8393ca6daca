"""The Ray cluster that screening and serving run on. Needs ``requirements-scale.txt``."""

import logging
import os
import socket

#: Seconds until an address that does not answer is given up.
PATIENCE = 10.0

# Before Ray is imported, which reads it then: nothing is reported to its makers.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray  # noqa: E402


def connect(address: str) -> None:
    """Joins the cluster at ``address`` (``host:port``, or ``auto`` for this machine's), or starts one here
    where it is empty. Raises ``ConnectionError`` with a sentence that says what to do."""
    if ray.is_initialized():
        return
    if address and address != "auto":
        _check_answers(address)
    try:
        ray.init(
            address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=None if address else False,
            configure_logging=False,
        )
    except Exception as error:  # Ray raises whatever its parts do
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        where = f"at {address}" if address else "on this machine"
        raise ConnectionError(
            f"the Ray cluster {where} cannot be joined: {reason}. It must have this version of Ray, "
            "this RAY_AUTH_MODE and this token"
        ) from error


def has_gpu() -> bool:
    """Whether the machine that this actor runs on has a graphics processor, as far as the cluster knows."""
    own = ray.get_runtime_context().get_node_id()
    return any(node["NodeID"] == own and node["Resources"].get("GPU", 0) > 0 for node in ray.nodes())


def _check_answers(address: str) -> None:
    """Ray itself tries for a minute."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise ConnectionError(f"{address} is no address of a Ray cluster: expected host:port, or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise ConnectionError(
            f"no Ray cluster answers at {address}: start one (ray start --head), or give another address"
        ) from error
