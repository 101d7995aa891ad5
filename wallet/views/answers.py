"""How refusals are said to programs: in the words of 1EdTech, or of OAuth."""

from flask import Flask, jsonify

from app.errors import answer_below
from wallet.statusinfo import status_info

#: Where programs speak OAuth. The page on which a learner answers is for people.
TOKEN, REGISTER, REVOKE = "/oauth/token", "/oauth/register", "/oauth/revoke"


def answers_below(app: Flask) -> None:
    """Have refusals below our addresses for programs said as their standards want it."""
    answer_below(app, "/ims/", _as_status_info)
    for path in (TOKEN, REGISTER, REVOKE):
        answer_below(app, path, _as_oauth_error)


def _as_status_info(reason: str, status: int) -> tuple:
    return jsonify(status_info(reason, status)), status


def _as_oauth_error(reason: str, status: int) -> tuple:
    return jsonify({"error": "invalid_request", "error_description": reason}), status
