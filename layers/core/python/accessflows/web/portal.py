"""The portal's frame: who is visiting, pages around what they see, forms that are really theirs.

Every page but those of the sign-in asks for the visitor, and so for a session that still counts."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from accessflows.actions.session import NotSignedIn
from accessflows.actions.sign_in import SignInRefused
from accessflows.model.person import Person, Role
from accessflows.model.refusal import BadInput, Contended, FormRefused, NotFound, Refusal
from accessflows.ports import Lost
from accessflows.web import cookies
from accessflows.web.assets import assets
from accessflows.web.invalid import sentence
from accessflows.web.page_headers import page_headers
from accessflows.web.problems import CONTENT_TYPE, STATUS, nothing_there, retry_after
from accessflows.web.templating import templates

_MOST_FIELDS = 100
# As API Gateway calls it.
_NO_ROUTE = "$default"
_LONGEST_ID = 64
# The part of a page that looks again by itself goes by this id.
REFRESHED = "live"
_TOKEN = "form"  # noqa: S105 (the name of a field)

# Nothing of a page may write scripts or styles into it, and none of it is kept in the browser.
_HTMX = json.dumps(
    {
        "allowEval": False,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
        "historyCacheSize": 0,
        "selfRequestsOnly": True,
    }
)

logger = Logger()


class ForAdmins(Exception):
    """The visitor is no admin, and the page is for admins."""


class Visitor(NamedTuple):
    """Who looks at a page. secret: of their session."""

    person: Person
    secret: str

    @property
    def form_token(self) -> str:
        """What every form of this session carries, and no page elsewhere can know."""
        return hmac.new(self.secret.encode(), _TOKEN.encode(), hashlib.sha256).hexdigest()


class Portal:
    """The resolver of the portal, with what its pages need to know of where they are.

    url: where the portal is; sign_in_url: of the hosted pages, which a form may lead to.
    person_of: the person of a session's secret, and whether they are there themselves, or a page of
    theirs looks again by itself. Raises NotSignedIn.
    looks_after: whether a person is an admin, or looks after a space.
    """

    def __init__(
        self,
        url: Callable[[], str],
        sign_in_url: Callable[[], str],
        person_of: Callable[[str, bool], Person],
        looks_after: Callable[[Person], bool],
    ) -> None:
        self.app = APIGatewayHttpResolver()
        self._url = url
        self._sign_in_url = sign_in_url
        self._person_of = person_of
        self._looks_after = looks_after
        self._answer_refusals()

    def visitor(self) -> Visitor:
        """Raises NotSignedIn."""
        secret = self.cookie(cookies.SESSION)
        if not secret:
            raise NotSignedIn("please sign in")
        return Visitor(self._person_of(secret, self._attended()), secret)

    def admin(self) -> Visitor:
        """A visitor who is an admin now. Raises NotSignedIn, ForAdmins."""
        visitor = self.visitor()
        if Role.ADMIN not in visitor.person.roles:
            raise ForAdmins
        return visitor

    def cookie(self, name: str) -> str:
        return cookies.sent(self.app, name, self._url())

    def asked(self) -> Mapping[str, list[str]]:
        """What the address asks for, after its question mark. Raises BadInput."""
        return _fields(self.app.current_event.raw_query_string)

    def one(self, name: str) -> str | None:
        """The first value of what the address asks for by that name; none where it is empty."""
        return self.asked().get(name, [""])[0].strip() or None

    def form(self, visitor: Visitor) -> Mapping[str, str]:
        """What a form of this visitor's sent. Raises FormRefused, BadInput."""
        return {name: values[0].strip() for name, values in self.fields(visitor).items()}

    def fields(self, visitor: Visitor, most: int = _MOST_FIELDS) -> Mapping[str, list[str]]:
        """The same of a form whose fields may be there more than once. most: of them in all."""
        sent = _fields(self.app.current_event.decoded_body or "", most)
        (token, *_) = sent.pop(_TOKEN, [""])
        if not hmac.compare_digest(token.encode(), visitor.form_token.encode()):
            raise FormRefused("this form is not from your session; open the page again and retry")
        return sent

    def page(
        self,
        template: str,
        visitor: Visitor | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        **context: Any,
    ) -> Response[str]:
        """A template of `portal/`. Without a visitor nobody's name is on it."""
        html, live = templates().get_template(f"portal/{template}"), self._is_live()
        body = html.render(
            assets=assets(),
            htmx=_HTMX,
            person=visitor.person if visitor else None,
            form_name=_TOKEN,
            form_token=visitor.form_token if visitor else "",
            live=live,
            # What is shown anew has no navigation in it.
            administers=bool(visitor and not live and self._looks_after(visitor.person)),
            **context,
        )
        return Response(status_code=int(status), headers=self._headers(), body=body)

    def go(self, path: str, *changed: tuple[str, str]) -> Response[str]:
        """On to another page, by GET. changed: cookies to set; an empty value takes one away."""
        return Response(
            status_code=int(HTTPStatus.SEE_OTHER),
            headers={**self._headers(), "Location": path},
            cookies=[
                cookies.cookie(name, value, self._url())
                if value
                else cookies.gone(name, self._url())
                for name, value in changed
            ],
            body="",
        )

    def _is_live(self) -> bool:
        """Whether a script shows a part of the page anew, while somebody is at another part."""
        return self.app.current_event.headers.get("hx-request") == "true"

    def _attended(self) -> bool:
        return self.app.current_event.headers.get("hx-trigger") != REFRESHED

    def _is_for_programs(self) -> bool:
        """Whether no route has the address, and who asks for it takes no page."""
        event = self.app.current_event
        return event.route_key == _NO_ROUTE and "text/html" not in event.headers.get("accept", "")

    def _headers(self) -> dict[str, str]:
        return page_headers(
            style="'self'", script="'self'", form_action=f"'self' {self._sign_in_url()}"
        )

    def _refused(self, refusal: Refusal) -> Response[str]:
        """The page of a refusal, with the visitor's own frame where there is one."""
        status = STATUS.get(type(refusal), HTTPStatus.BAD_REQUEST)
        try:
            visitor = self.visitor()
        except NotSignedIn:
            visitor = None
        logger.warning("refused", refusal=refusal.type())
        missing = status is HTTPStatus.NOT_FOUND and self.app.current_event.http_method == "GET"
        page = self.page("refused.html", visitor, status, said=sentence(refusal), missing=missing)
        page.headers |= retry_after(refusal)
        return page

    def _answer_refusals(self) -> None:
        app = self.app

        @app.exception_handler(Refusal)
        def refused(refusal: Refusal) -> Response[str]:
            return self._refused(refusal)

        @app.exception_handler(NotSignedIn)
        def not_signed_in(_: NotSignedIn) -> Response[str]:
            event = app.current_event
            asked = f"?{event.raw_query_string}" if event.raw_query_string else ""
            # What a form wanted to do is not done by signing in: the first page tells how it is.
            wanted = event.path + asked if event.http_method == "GET" else "/"
            return self.go(f"/sign-in?next={quote(wanted, safe='/')}", (cookies.SESSION, ""))

        @app.exception_handler(ForAdmins)
        def for_admins(_: ForAdmins) -> Response[str]:
            logger.warning("refused", refusal="for-admins")
            return self.page("no_admin_page.html", self.visitor(), HTTPStatus.FORBIDDEN)

        @app.exception_handler(SignInRefused)
        def sign_in_refused(refusal: SignInRefused) -> Response[str]:
            logger.warning("sign-in refused", reason=str(refusal))
            page = self.page("sign_in_refused.html", None, HTTPStatus.FORBIDDEN)
            page.cookies = [cookies.gone(cookies.SIGN_IN, self._url())]
            return page

        @app.exception_handler(Lost)
        def contended(_: Lost) -> Response[str]:
            return self._refused(Contended("others changed this at the same moment; try again"))

        @app.not_found
        def unknown(_: NotFoundError) -> Response[str]:
            if self._is_for_programs():
                status, body = nothing_there()
                return Response(int(status), CONTENT_TYPE, json.dumps(body))
            return self._refused(NotFound("there is no such page"))


def as_typed(text: str) -> str:
    """Browsers count a line end as one character and send it as two."""
    return text.replace("\r\n", "\n").strip()


def chosen(sent: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    """The ids that boxes of a form name, each once, without what is too long to be one."""
    return tuple(one for one in dict.fromkeys(sent.get(name, ())) if len(one) <= _LONGEST_ID)


def handle(portal: Portal) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler. A fault is logged, and answered without its insides."""

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return portal.app.resolve(event, context)
        except Exception:
            logger.exception("the page failed")
            page = portal.page("fault.html", None, HTTPStatus.INTERNAL_SERVER_ERROR)
            return {"statusCode": page.status_code, "headers": page.headers, "body": page.body}

    return handler


def _fields(encoded: str, most: int = _MOST_FIELDS) -> dict[str, list[str]]:
    try:
        return parse_qs(encoded, keep_blank_values=True, max_num_fields=most)
    except ValueError as error:
        raise BadInput("what was sent could not be read; open the page again and retry") from error
