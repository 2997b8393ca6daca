"""docs/scaling/kuberay.yaml, as far as one can read it without Kubernetes, and the environment of Ray."""

import inspect
import re
from importlib import import_module
from typing import Any

import pytest
import ray
import yaml
from ray.serve._private import constants
from ray.serve.schema import ServeDeploySchema

from assistant.settings import read_settings
from serving import __main__ as command
from serving import apps
from serving.deployments import NAMES
from tests.load.server import ROOT

FILE = ROOT / "docs" / "scaling" / "kuberay.yaml"
VARIABLE = re.compile(r'"(RAY_SERVE_[A-Z_]+)"')


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    """By kind: there is one of each."""
    found = list(yaml.safe_load_all(FILE.read_text(encoding="utf-8")))
    kinds = [document["kind"] for document in found]
    assert len(set(kinds)) == len(kinds)
    return dict(zip(kinds, found, strict=True))


@pytest.fixture(scope="module")
def schema(documents: dict[str, dict[str, Any]]) -> ServeDeploySchema:
    return ServeDeploySchema.model_validate(yaml.safe_load(documents["RayService"]["spec"]["serveConfigV2"]))


def containers(documents: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    cluster = documents["RayService"]["spec"]["rayClusterConfig"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [container for group in groups for container in group["template"]["spec"]["containers"]]


def test_it_says_first_that_it_was_not_tried() -> None:
    assert FILE.read_text(encoding="utf-8").startswith("# NOT TRIED")


def test_the_applications_are_ours(schema: ServeDeploySchema) -> None:
    assert tuple(application.name for application in schema.applications) == NAMES
    for application in schema.applications:
        assert application.route_prefix == f"/{application.name}"
        module, _, name = application.import_path.partition(":")
        target = getattr(import_module(module), name)
        assert target is getattr(apps, application.name)
        (deployment,) = application.deployments
        assert deployment.name == target._bound_deployment.name
    assert schema.logging_config is not None
    assert schema.logging_config.enable_access_log is False


def test_the_deployments_themselves_log_no_access_and_have_limits() -> None:
    for name in NAMES:
        deployment = getattr(apps, name)._bound_deployment
        config = deployment._deployment_config
        assert config.logging_config["enable_access_log"] is False
        assert 0 < config.max_queued_requests < 100
        assert config.autoscaling_config.min_replicas == 1


def test_fronts_ask_the_service_that_kuberay_makes(documents: dict[str, dict[str, Any]]) -> None:
    (front,) = documents["Deployment"]["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: entry["value"] for entry in front["env"]}
    name = documents["RayService"]["metadata"]["name"]
    assert read_settings(environment).serve_url == f"http://{name}-serve-svc:8000"
    assert (
        documents["Service"]["spec"]["selector"] == documents["Deployment"]["spec"]["selector"]["matchLabels"]
    )
    assert "cookie-persistence" in str(documents["Ingress"]["metadata"]["annotations"])


def test_its_cluster_is_of_the_version_that_is_installed(documents: dict[str, dict[str, Any]]) -> None:
    assert documents["RayService"]["spec"]["rayClusterConfig"]["rayVersion"] == ray.__version__


def test_the_environment_is_what_ray_reads_and_what_we_set(documents: dict[str, dict[str, Any]]) -> None:
    known = set(VARIABLE.findall(inspect.getsource(constants)))
    assert set(VARIABLE.findall(inspect.getsource(command))) <= known
    for container in containers(documents):
        environment = {entry["name"]: entry["value"] for entry in container["env"]}
        assert environment["RAY_USAGE_STATS_ENABLED"] == "0"
        assert environment["RAY_SERVE_HAPROXY_RETRY_ON"] == command.AGAIN_ON
        assert environment["RAY_SERVE_HAPROXY_TUNE_BUFSIZE"] == str(command.BUFFER)
        assert {name for name in environment if name.startswith("RAY_SERVE_")} <= known
