"""The approach behind HTTP, served by waitress as Shenhou's pages are; a subject of ``bench.served``.

``PUT /tasks/<instance>/<task>`` with the form's values as JSON, and a bearer's token, as its own interface has it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import waitress
from flask import Flask, Response, g, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy.orm import Session, sessionmaker

from bench.peers import stock
from bench.peers.arena import models as m
from bench.peers.arena.completing import Refused, start, submit
from bench.peers.arena.whole import Whole, store_definition
from bench.served import Counted, Served, serve
from bench.subject import Outcome
from bench.workload import Values, values_of
from engine import db

SECRET = OctKey.import_key("a key of this benchmark that guards nothing")
LOGIN = "bench.clerk"


def create_app(sessions: sessionmaker[Session]) -> Flask:
    """One route, guarded as the original is: whose token it is, and what this user may do."""
    app = Flask("arena")

    @app.before_request
    def _guard() -> Response | None:
        g.session = sessions()
        try:
            told = jwt.decode(request.headers.get("Authorization", "").removeprefix("Bearer "), SECRET, ["HS256"])
        except (JoseError, ValueError):
            return Response(status=401)
        g.user = g.session.scalars(sa.select(m.User).where(m.User.username == told.claims["sub"])).one()
        return None if _may(g.session, g.user, request.path) else Response(status=403)

    @app.teardown_request
    def _leave(_error: BaseException | None) -> None:
        g.session.close()

    @app.put("/tasks/<int:instance_id>/<guid>")
    def complete(instance_id: int, guid: str) -> tuple[Response, int] | Response:
        try:
            return jsonify(submit(g.session, g.user, instance_id, guid, request.get_json()))
        except Refused as error:
            return jsonify({"error_code": "refused", "message": str(error)}), 400

    return app


def _may(session: Session, user: m.User, path: str) -> bool:
    """Whether the user may send to ``path``: a pattern in the table of what each may do."""
    principals = session.scalars(sa.select(m.Principal.id).where(m.Principal.user_id == user.id)).all()
    mine = (m.PermissionAssignment.principal_id.in_(principals), m.PermissionAssignment.permission == "update")
    matching = sa.literal(path).like(m.PermissionTarget.uri)
    query = sa.select(m.PermissionAssignment).join(m.PermissionTarget).where(*mine, matching)
    return session.scalars(query).first() is not None


class Arena(Served):
    """A store of its own, and the server on it."""

    def open(self, directory: Path, branches: Sequence[int]) -> dict[str, Any]:
        self._database = db.connect(f"sqlite:///{directory / 'arena.db'}")
        self.counted = Counted(self._database)
        m.Base.metadata.create_all(self._database)
        self._sessions = sessionmaker(self._database)
        self._specs = {number: stock.parse(number) for number in branches}
        with self._sessions() as session:
            _lay_out(session)
            self._definitions = {
                number: store_definition(session, stock.begin(spec)).id for number, spec in self._specs.items()
            }
        server = waitress.create_server(create_app(self._sessions), host="127.0.0.1", port=0, threads=8, ident=None)
        self.serve_on(server)
        token = jwt.encode({"alg": "HS256"}, {"sub": LOGIN}, SECRET)
        return {"port": server.effective_port, "token": token}

    def start(self, branches: int) -> str:
        with self._sessions() as session:
            user = session.scalars(sa.select(m.User)).one()
            return str(start(session, user, self._definitions[branches], self._specs[branches]))

    def locate(self, case: str, step: str) -> dict[str, Any]:
        mine = (m.HumanTask.instance_id == int(case), m.HumanTask.task_name == step, m.HumanTask.completed.is_(False))
        with self._sessions() as session:
            guid = session.scalars(sa.select(m.HumanTask.task_guid).where(*mine)).one()
        values: Values = values_of(step)
        return {"method": "PUT", "path": f"/tasks/{case}/{guid}", "json": dict(values)}

    def state_bytes(self, case: str) -> int:
        """Of what is read back: the tasks, their data and the specification, which all cases share, left out."""
        with self._sessions() as session:
            instance = session.get_one(m.Instance, int(case))
            rows = session.scalars(sa.select(m.Task).where(m.Task.instance_id == instance.id)).all()
            hashes = {row.data_hash for row in rows} | {instance.process.data_hash}
            data = session.scalars(sa.select(m.JsonData.data).where(m.JsonData.hash.in_(hashes))).all()
            return sum(len(json.dumps(found)) for found in [*data, *(row.properties for row in rows)])

    def outcome(self, case: str) -> Outcome:
        with self._sessions() as session:
            return stock.outcome(Whole.load(session, session.get_one(m.Instance, int(case))).workflow)

    def close(self) -> None:
        super().close()
        self._database.dispose()


def _lay_out(session: Session) -> None:
    """One user, who may complete tasks."""
    session.add(m.User(id=1, username=LOGIN))
    session.add(m.PermissionTarget(id=1, uri="/tasks/%"))
    session.flush()
    session.add(m.Principal(id=1, user_id=1))
    session.flush()
    session.add(m.PermissionAssignment(principal_id=1, target_id=1, permission="update"))
    session.commit()


if __name__ == "__main__":
    serve(Arena())
