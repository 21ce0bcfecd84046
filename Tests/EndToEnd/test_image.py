"""The container image: what it says of itself, and that its root alone does the job.

There is no container engine here: its layers are unpacked, and its entry point is run in namespaces, as its user, on a
root that it cannot write to.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

import senders
from offboard import ROOT
from pages import free_port
from root import ENVIRONMENT, Root, end, first_of, need_root
from simulator import Simulator
from waiting import wait_until
from world import ALPHA, AVERY, World

pytestmark = pytest.mark.long


class Image:
    """An OCI archive: its configuration, and its layers one over the other."""

    def __init__(self, archive: Path, folder: Path):
        self.archive = archive
        with tarfile.open(archive) as outer:
            self.files = {
                member.name.removeprefix("./"): outer.extractfile(member).read() for member in outer if member.isfile()
            }
        index = json.loads(self.files["index.json"])
        manifest = self.blob(index["manifests"][0]["digest"])
        self.configuration = self.blob(manifest["config"]["digest"])
        self.root = Root(folder / "root")
        self.root.path.mkdir()
        for number, layer in enumerate(manifest["layers"]):
            file = folder / f"layer-{number}"
            file.write_bytes(self.files[self.path(layer["digest"])])
            subprocess.run(["tar", "-C", self.root.path, "--numeric-owner", "-xpf", file], check=True)

    @staticmethod
    def path(digest: str) -> str:
        return "blobs/" + digest.replace(":", "/")

    def blob(self, digest: str) -> dict:
        return json.loads(self.files[self.path(digest)])


@pytest.fixture(scope="module")
def image(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    need_root()
    done = subprocess.run([ROOT / "deploy" / "image", package], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return Image(Path(done.stdout.strip()), tmp_path_factory.mktemp("image"))


def test_the_image_says_what_it_is(image, record_property):
    settings = image.configuration["config"]
    assert settings["User"] == "10001:10001"
    assert settings["Entrypoint"] == ["/usr/bin/vultr-offboard"] and settings["Cmd"] == ["serve"]
    assert settings["ExposedPorts"] == {"8080/tcp": {}} and settings["Volumes"] == {"/var/lib/vultr-offboard": {}}
    version = settings["Labels"]["org.opencontainers.image.version"]
    assert settings["Labels"]["org.opencontainers.image.title"] == "vultr-offboard"
    tree = [path for path in image.root.path.rglob("*") if not path.is_symlink() and path.is_file()]
    record_property(
        "summary",
        f"image {version}: {image.archive.stat().st_size / 1e6:.1f} MB compressed, "
        f"{sum(path.stat().st_size for path in tree) / 2**20:.1f} MiB in {len(tree)} files",
    )


def test_there_is_nothing_in_it_that_it_does_not_need(image):
    programs = [path for path in (image.root.path / "usr" / "bin").iterdir()]
    assert [path.name for path in programs] == ["vultr-offboard"]
    for path in image.root.path.rglob("*"):
        mode = path.lstat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID), path
        assert path.is_symlink() or not mode & stat.S_IWOTH or path.name == "tmp", path
    packages = {path.name for path in (image.root.path / "var/lib/dpkg/status.d").iterdir()}
    assert {"vultr-offboard", "libc6", "libssl3", "libmicrohttpd12", "libsqlite3-0", "ca-certificates"} <= packages
    for package in packages:
        assert (image.root.path / "usr/share/doc" / package / "copyright").exists(), package
    certificates = image.root.read("/etc/ssl/certs/ca-certificates.crt")
    assert certificates.count("BEGIN CERTIFICATE") > 100


def prepare(root: Root) -> None:
    """What every container engine brings: devices and a place for the process table."""
    for name in ("proc", "dev"):
        (root.path / name).mkdir(exist_ok=True)
    for name, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
        device = root.path / "dev" / name
        if not device.exists():
            os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
            device.chmod(0o666)


def test_its_root_alone_does_the_job(image, tmp_path):
    root = image.root
    prepare(root)
    world = World()
    id = world.organization("Alpha")
    world.key("alpha", id)
    world.person("avery.stone@example.com", id, id=AVERY)
    simulator = Simulator(tmp_path / "simulator", world.state)
    settings = image.configuration["config"]
    user, group = settings["User"].split(":")
    environment = {
        **ENVIRONMENT,
        **dict(variable.split("=", 1) for variable in settings["Env"]),
        "VULTR_API_KEY": world.keys[0]["secret"],
        "OFFBOARD_SECRET": senders.STANDARD_SECRET,
    }
    # Its own configuration is a dry run against the real Vultr; this one is mounted over it, as anybody would.
    port = free_port()
    own = yaml.safe_load(root.read("/etc/vultr-offboard/offboard.yaml"))
    assert own["policy"]["mode"] == "dry_run" and own["listen"]["address"] == "0.0.0.0"
    own["listen"] = {"address": "127.0.0.1", "port": port}
    own["console"] = {"port": 0}
    own["vultr"]["url"] = simulator.url
    own["policy"]["mode"] = "enforce"
    mounted = tmp_path / "offboard.yaml"
    mounted.write_text(yaml.safe_dump(own))

    def inside(*command: str, **options) -> subprocess.Popen:
        # A root that cannot be written to, with the configuration and the volume mounted; then root, user and group.
        enter = (
            'mount --rbind "$0" "$0" && mount --bind "$1" "$0/etc/vultr-offboard/offboard.yaml" '
            '&& mount --bind "$2" "$0/var/lib/vultr-offboard" && mount -o remount,bind,ro "$0" '
            '&& exec /usr/sbin/chroot --userspec="$3:$4" --groups= "$0" "${@:5}"'
        )
        return root.start(
            *command,
            before=("bash", "-c", enter, root.path, mounted, volume, user, group),
            env=environment,
            text=True,
            **options,
        )

    volume = tmp_path / "volume"
    volume.mkdir(mode=0o700)
    os.chown(volume, int(user), int(group))
    log = tmp_path / "daemon.log"
    process = inside(*settings["Entrypoint"], *settings["Cmd"], stdout=log.open("wb"), stderr=subprocess.STDOUT)
    try:

        def is_ready() -> bool:
            assert process.poll() is None, log.read_text()
            return '"message":"ready"' in log.read_text()

        wait_until(is_ready, "the daemon is ready")
        status = Path(f"/proc/{first_of(process)}/status").read_text()
        assert f"Uid:\t{user}\t{user}\t{user}\t{user}\n" in status
        assert os.statvfs(f"/proc/{first_of(process)}/root").f_flag & os.ST_RDONLY
        before = simulator.members()
        assert senders.departure("avery.stone@example.com").send(port).status_code == 202
        wait_until(lambda: before - simulator.members() == {(ALPHA, AVERY)}, "the person is gone")

        def completed() -> bool:
            asked = inside(*settings["Entrypoint"], "cases", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            output, errors = asked.communicate(timeout=60)
            assert asked.returncode == 0, errors
            return json.loads(output)[0]["state"] == "completed"

        wait_until(completed, "the case is completed")
        assert end(process) == 0, log.read_text()
        assert (volume / "offboard.sqlite").exists()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        simulator.stop()
