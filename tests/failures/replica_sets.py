"""Three real mongods as one replica set on loopback, to be killed and held up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from management.mongod import Mongod

NAME = "agents"
# What a set of neighbours can keep; the default lets a primary be missed for ten seconds.
SETTINGS = {"electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 200}
PATIENCE_S = 60

Document = dict[str, Any]


class Member(Mongod):
    """One mongod of a set, which keeps its port and takes orders to fail."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, replica_set=NAME)

    def start(self) -> None:
        super().start()
        self._fixed_port = True

    @property
    def uri(self) -> str:
        # As in Lambda: listening, a driver hears nothing of a failure that is only made up.
        return f"{super().uri}&serverMonitoringMode=poll"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def order(self, command: str, value: Any = 1, **arguments: Any) -> Document:
        """Run a command on this member alone."""
        with MongoClient[Document](self.uri, serverSelectionTimeoutMS=5_000) as client:
            return client.admin.command(command, value, **arguments)

    @contextmanager
    def failing(self, point: str, mode: Any = "alwaysOn", **data: Any) -> Iterator[None]:
        """Set one of mongod's own fail points for a while."""
        self.order("configureFailPoint", point, mode=mode, data=data)
        try:
            yield
        finally:
            if self.pid is not None:
                self.order("configureFailPoint", point, mode="off")

    def _command(self, program: Path) -> list[str]:
        command = [*super()._command(program), "--oplogSize", "64"]
        return [*command, "--setParameter", "enableTestCommands=1"]


class ReplicaSet:
    """As a context manager it is started and stopped."""

    def __init__(self, directory: Path, members: int = 3) -> None:
        self.members = [Member(directory / str(number)) for number in range(members)]

    @property
    def uri(self) -> str:
        hosts = ",".join(member.address for member in self.members)
        return f"mongodb://{hosts}/?replicaSet={NAME}"

    def primary(self) -> Member:
        """The member that a majority has elected, once there is one."""
        found: Member = self._await(self._find_primary, "elects no primary")
        return found

    def secondaries(self) -> list[Member]:
        primary = self.primary()
        return [member for member in self.members if member is not primary]

    def heal(self) -> None:
        """Start what was killed, and wait until every member has caught up."""
        for member in self.members:
            if member.pid is None:
                member.start()
        self._await(self._is_whole, "does not become whole")

    def __enter__(self) -> Self:
        try:
            for member in self.members:
                member.directory.mkdir()
                member.start()
            hosts = [{"_id": i, "host": member.address} for i, member in enumerate(self.members)]
            config = {"_id": NAME, "members": hosts, "settings": SETTINGS}
            self.members[0].order("replSetInitiate", config)
            self.heal()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # Their data are thrown away, so nothing is gained by a stop in good order.
        for member in self.members:
            member.kill()

    def _find_primary(self) -> Member | None:
        for member in self.members:
            if member.pid is not None and self._ask(member, "hello").get("isWritablePrimary"):
                return member
        return None

    def _is_whole(self) -> bool:
        primary = self._find_primary()
        if primary is None:
            return False
        states = [each["stateStr"] for each in self._ask(primary, "replSetGetStatus")["members"]]
        return sorted(states) == ["PRIMARY"] + ["SECONDARY"] * (len(self.members) - 1)

    @staticmethod
    def _ask(member: Member, command: str) -> Document:
        try:
            return member.order(command)
        except PyMongoError:
            return {"members": []}

    @staticmethod
    def _await(find: Any, complaint: str) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = find()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"the replica set {complaint}")
