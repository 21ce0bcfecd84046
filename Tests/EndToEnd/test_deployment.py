"""What is beside the package in `deploy/`: the unit, the manual page, reverse proxies, Kubernetes. Each is read by the
program it is for, and the proxies carry real requests."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import senders
from offboard import PROGRAM, ROOT
from pages import blocks, free_port
from service import Answer
from waiting import wait_until

pytestmark = pytest.mark.long

DEPLOY = ROOT / "deploy"
# The version of Kubernetes whose schema the manifests are read by.
KUBERNETES = "1.29"


def run(*command: str | Path, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


# The unit and the manual


def test_the_unit_leaves_little_to_an_attacker(record_property):
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", DEPLOY / "vultr-offboard.service")
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)[1])
    record_property("summary", f"systemd-analyze security: {exposure}")
    assert exposure <= 1.5, done.stdout


def test_systemd_finds_nothing_to_say_about_the_units(tmp_path):
    (dropped_in,) = (block.text for block in blocks("keys") if block.language == "ini")
    program = tmp_path / "vultr-offboard"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in ("vultr-offboard.service", "vultr-offboard.socket"):
        text = (DEPLOY / name).read_text().replace("/usr/bin/vultr-offboard", str(program))
        if name.endswith(".service"):
            text += "\n" + dropped_in
        # Its page is not installed here.
        (tmp_path / name).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    done = run("systemd-analyze", "verify", tmp_path / "vultr-offboard.service", tmp_path / "vultr-offboard.socket")
    assert done.returncode == 0 and done.stderr.strip() == "", done.stderr


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    page = tmp_path / "vultr-offboard.1"
    words = run(PROGRAM, "--experimental-dump-help").stdout
    page.write_text(run(DEPLOY / "manual", input=words).stdout)
    return page


def test_the_manual_pages_are_well_formed(manual):
    for page in (manual, DEPLOY / "offboard.8"):
        warnings = run("man", "--warnings", "--local-file", page, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        assert warnings.returncode == 0 and warnings.stderr == "", warnings.stderr
        found = run("mandoc", "-T", "lint", "-W", "warning", page)
        assert found.returncode == 0 and found.stdout == "", found.stdout


@pytest.mark.parametrize(("shell", "check"), [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])])
def test_each_shell_can_read_its_completions(shell, check, tmp_path):
    script = tmp_path / "completion"
    script.write_text(run(PROGRAM, "--generate-completion-script", shell).stdout)
    done = run(shell, *check, script)
    assert done.returncode == 0 and done.stderr == "", done.stderr


# Reverse proxies


class Proxied:
    """A daemon and a stand-in for its console behind a proxy that speaks TLS."""

    def __init__(self, its, console, folder: Path, port: int):
        self.its = its
        self.console = console
        self.console_port = console.port
        self.folder = folder
        self.port = port
        certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
        names = "subjectAltName=DNS:hooks.example.com,DNS:offboard.example.com"
        subprocess.run(
            [*certificate, "-addext", names, "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
            check=True,
            capture_output=True,
        )

    def curl(self, name: str, path: str, *arguments: str, source: str = "127.0.0.1") -> tuple[int, str]:
        """A request from an address of this machine; its status and body."""
        done = run(
            *("curl", "--silent", "--show-error", "--noproxy", "*", "--interface", source),
            *("--cacert", self.folder / "certificate.pem", "--resolve", f"{name}:{self.port}:127.0.0.1"),
            *("--write-out", "\n%{http_code}", *arguments, f"https://{name}:{self.port}{path}"),
        )
        # 18: whoever refuses a body at its head closes, and a proxy hands that on.
        assert done.returncode in (0, 18), done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def post(self, request: senders.Request, *arguments: str, source: str = "127.0.0.1") -> tuple[int, str]:
        body = self.folder / "body"
        body.write_bytes(request.body)
        headers = [word for name, value in request.headers.items() for word in ("--header", f"{name}: {value}")]
        return self.curl(
            "hooks.example.com", request.path, *headers, "--data-binary", f"@{body}", *arguments, source=source
        )

    def put_in(self, text: str) -> str:
        """The file as it is shipped, with this machine's ports and certificates."""
        return text.replace("127.0.0.1:8080", f"127.0.0.1:{self.its.offboard.port}").replace(
            "127.0.0.1:8081", f"127.0.0.1:{self.console_port}"
        )


@pytest.fixture
def real_console() -> bool:
    """Whether the proxies lead to the daemon's own console instead of a stand-in that keeps what it is sent."""
    return False


@pytest.fixture
def proxied(stage, service, tmp_path: Path, real_console: bool) -> Proxied:
    one = "127.0.0.2"
    port = free_port()
    its = stage(
        # At the usual port no browser says the port.
        console={"port": 0, "hosts": ["offboard.example.com", f"offboard.example.com:{port}"]},
        listen={"port": 0, "trusted_proxies": ["127.0.0.1/32"], "body_deadline": "20s"},
        senders=[
            {"name": "hr", "preset": "standard-webhooks", "secrets": [{"env": "HR_SECRET"}]},
            {
                "name": "near",
                "preset": "standard-webhooks",
                "secrets": [{"env": "HR_SECRET"}],
                "allow_from": [f"{one}/32"],
            },
        ],
    )
    folder = tmp_path / "proxy"
    folder.mkdir()
    made = Proxied(its, service(lambda call: Answer(200, b"console")), folder, port)
    if real_console:
        made.console_port = int(its.offboard.console.rsplit(":", 1)[1])
    return made


@pytest.fixture
def nginx(proxied: Proxied) -> Iterator[Proxied]:
    folder = proxied.folder
    # The user and password that the file's comment has made by htpasswd.
    hashed = run("openssl", "passwd", "-apr1", "secret").stdout.strip()
    (folder / "offboard.htpasswd").write_text(f"dana:{hashed}\n")
    site = proxied.put_in((DEPLOY / "nginx.conf").read_text())
    site = re.sub(r"/etc/nginx/tls/\w+\.pem", str(folder / "certificate.pem"), site)
    site = re.sub(r"/etc/nginx/tls/\w+\.key", str(folder / "key.pem"), site)
    site = site.replace("/etc/nginx/offboard.htpasswd", str(folder / "offboard.htpasswd"))
    site = site.replace("listen 443", f"listen 127.0.0.1:{proxied.port}").replace(
        "listen 80;", f"listen {free_port()};"
    )
    (folder / "site.conf").write_text(site)
    temporary = "\n".join(
        f"{what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\ninclude {folder}/site.conf;\n}}\n"
    )
    command = ("nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf")
    checked = run(*command, "-t")
    assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    wait_until(lambda: run("curl", "-sk", f"https://127.0.0.1:{proxied.port}/").returncode == 0, "nginx listens")
    yield proxied
    process.terminate()
    process.wait(10)


@pytest.fixture
def caddy(proxied: Proxied) -> Iterator[Proxied]:
    folder = proxied.folder
    hashed = run("caddy", "hash-password", "--plaintext", "secret").stdout.strip()
    environment = {"OFFBOARD_CONSOLE_HASH": hashed, "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    shipped = run("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile", env=environment)
    assert shipped.returncode == 0, shipped.stderr
    assert run("caddy", "fmt", DEPLOY / "Caddyfile").stdout.strip() == (DEPLOY / "Caddyfile").read_text().strip()
    site = proxied.put_in((DEPLOY / "Caddyfile").read_text())
    for name in ("hooks", "offboard"):
        site = site.replace(
            f"\n{name}.example.com {{",
            f"\nhttps://{name}.example.com:{proxied.port} {{\n\ttls {folder}/certificate.pem {folder}/key.pem",
        )
    site = site.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers", 1)
    (folder / "Caddyfile").write_text(site)
    process = subprocess.Popen(
        ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"],
        stdin=subprocess.DEVNULL,
        stderr=(folder / "caddy.log").open("wb"),
        env=environment,
    )
    # It knows no certificate for an address: the name is what tells that it listens.
    wait_until(
        lambda: (
            run(
                "curl",
                "-sk",
                "--noproxy",
                "*",
                "--resolve",
                f"hooks.example.com:{proxied.port}:127.0.0.1",
                f"https://hooks.example.com:{proxied.port}/",
            ).returncode
            == 0
        ),
        "Caddy listens",
    )
    yield proxied
    process.terminate()
    process.wait(10)


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_a_proxy_carries_webhooks_and_keeps_the_rest_away(proxy, request):
    its: Proxied = request.getfixturevalue(proxy)
    accepted = its.post(senders.departure("avery.stone@example.com"))
    assert accepted[0] == 202, accepted
    its.its.offboard.settled("avery.stone@example.com", "completed")
    assert its.its.gone

    # Nothing but /hooks/ is to be had from outside, not even whether it is ready.
    for path in ("/", "/readyz", "/healthz", "/metrics", "/api/v1/cases", "/hooks/../readyz"):
        assert its.curl("hooks.example.com", path, "--path-as-is")[0] in (400, 404), path

    # Who sent it is the one who spoke to the proxy, whatever they claim.
    near = senders.standard(senders.event("nobody@example.com"), sender="near")
    forged = ("--header", "X-Forwarded-For: 127.0.0.2")
    assert its.post(near, *forged, source="127.0.0.3")[0] == 403
    assert its.post(near, source="127.0.0.2")[0] == 202

    # What is too long is refused, by the proxy or by the daemon at the head.
    long = senders.standard(b'{"padding":"' + b"x" * 1_100_000 + b'"}')
    assert its.post(long, "--header", "Expect:")[0] == 413


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_a_proxy_lets_only_people_with_a_password_to_the_console(proxy, request):
    its: Proxied = request.getfixturevalue(proxy)
    for wrong in ([], ["--user", "dana:wrong"]):
        assert its.curl("offboard.example.com", "/cases", *wrong)[0] == 401
    assert its.console.calls == []
    assert its.curl("offboard.example.com", "/cases", "--user", "dana:secret") == (200, "console")
    (call,) = its.console.calls
    assert call.target == "/cases"
    assert call.headers["host"].split(":")[0] == "offboard.example.com"
    assert base64.b64encode(b"dana:secret").decode() not in str(call.headers)


@pytest.mark.parametrize("real_console", [True])
@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_a_proxy_leads_to_the_console_under_its_own_name(proxy, request, real_console):
    its: Proxied = request.getfixturevalue(proxy)
    status, page = its.curl("offboard.example.com", "/login", "--user", "dana:secret")
    assert status == 200 and "<form" in page
    token = (its.its.offboard.folder / "console-token").read_text().strip()
    status, _ = its.curl("offboard.example.com", "/login", "--user", "dana:secret", "--data", f"token={token}")
    assert status == 303


# Kubernetes


def manifests() -> list[Path]:
    return [path for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) if path.name != "kustomization.yaml"]


def test_kubernetes_takes_the_manifests():
    import kubernetes_validate

    assert len(manifests()) >= 5
    for path in manifests():
        for document in yaml.safe_load_all(path.read_text()):
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    assert sorted(kustomization["resources"]) == [path.name for path in manifests()]


def test_the_pod_meets_the_restricted_standard():
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/, as of 1.29."""
    pod = yaml.safe_load((DEPLOY / "kubernetes" / "statefulset.yaml").read_text())["spec"]["template"]["spec"]
    assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True
    kinds = {key for volume in pod["volumes"] for key in volume if key != "name"}
    assert kinds <= {"configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected", "downwardAPI", "csi"}


def test_the_configuration_of_the_pod_is_one(stage, tmp_path):
    text = yaml.safe_load((DEPLOY / "kubernetes" / "configmap.yaml").read_text())["data"]["offboard.yaml"]
    (tmp_path / "offboard.yaml").write_text(text)
    done = run(PROGRAM, "senders", "list", "--json", "--config", tmp_path / "offboard.yaml")
    assert done.returncode == 0, done.stderr
