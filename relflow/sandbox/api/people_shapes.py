"""Users, members and tokens as GitLab shows them."""

from relflow.sandbox.clock import iso, now
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import BY_ID, Person, Token

_SINCE = "2024-01-08T09:00:00.000Z"
_EMPTY = ("bio", "location", "linkedin", "twitter", "discord", "website_url", "github", "job_title", "pronouns")


def user_basic(site: Site, user_id: int) -> dict[str, object]:
    """Show a user as embedded nearly everywhere."""
    person = BY_ID[user_id]
    return {
        "id": person.id,
        "username": person.username,
        "public_email": person.email,
        "name": person.name,
        "state": "active",
        "locked": False,
        "avatar_url": f"{site.url}/uploads/-/system/user/avatar/{person.id}/avatar.png",
        "web_url": f"{site.url}/{person.username}",
    }


def user_public(site: Site, user_id: int) -> dict[str, object]:
    """Show a user as in jobs and in `GET /users/:id`."""
    profile = dict.fromkeys(_EMPTY, "")
    return {
        **user_basic(site, user_id),
        "created_at": _SINCE,
        **profile,
        "organization": "",
        "bot": False,
        "work_information": None,
        "followers": 0,
        "following": 0,
        "local_time": None,
    }


def current_user(site: Site, user_id: int) -> dict[str, object]:
    """Show users to themselves."""
    return {
        **user_public(site, user_id),
        "email": BY_ID[user_id].email,
        "commit_email": BY_ID[user_id].email,
        "skype": "",
        "last_sign_in_at": _SINCE,
        "current_sign_in_at": _SINCE,
        "confirmed_at": _SINCE,
        "last_activity_on": now().date().isoformat(),
        "theme_id": 1,
        "color_scheme_id": 1,
        "projects_limit": 100000,
        "identities": [],
        "can_create_group": False,
        "can_create_project": False,
        "two_factor_enabled": False,
        "external": False,
        "private_profile": False,
    }


def email_shape(email: tuple[int, str]) -> dict[str, object]:
    """Show an address that somebody added, by its number."""
    return {"id": email[0], "email": email[1], "confirmed_at": _SINCE}


def member(site: Site, person: Person) -> dict[str, object]:
    """Show a member of the project."""
    return {
        **user_basic(site, person.id),
        "access_level": person.access_level,
        "created_at": _SINCE,
        "created_by": user_basic(site, 11),
        "expires_at": None,
        "membership_state": "active",
    }


def token_shape(token: Token) -> dict[str, object]:
    """Show a personal access token, without the token."""
    return {
        "id": token.id,
        "name": token.name,
        "revoked": token.revoked,
        "created_at": iso(token.created_at),
        "description": None,
        "scopes": list(token.scopes),
        "user_id": token.user_id,
        "last_used_at": iso(now()),
        "active": not token.revoked and not token.expired_on(now().date()),
        "expires_at": None if token.expires_at is None else token.expires_at.isoformat(),
        "last_used_ips": ["127.0.0.1"],
    }
