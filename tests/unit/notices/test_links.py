"""The signature around a link's id."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from accessflows.model.refusal import LinkRefused
from accessflows.notices import links

OLD, NEW, FOREIGN = "o" * 40, "n" * 40, "f" * 40
LINK_ID = "Zm9vYmFyYmF6cXV4LXNvbWV0aGluZzQy"


def test_a_signed_id_is_read_back() -> None:
    assert links.read(links.sign(LINK_ID, [OLD, NEW]), [OLD, NEW]) == LINK_ID


def test_the_newest_key_signs_and_every_listed_key_verifies() -> None:
    before_rotation = links.sign(LINK_ID, [OLD])
    assert links.read(before_rotation, [OLD, NEW]) == LINK_ID
    assert links.sign(LINK_ID, [OLD, NEW]) == links.sign(LINK_ID, [NEW])


def test_a_key_that_was_removed_verifies_nothing() -> None:
    with pytest.raises(LinkRefused):
        links.read(links.sign(LINK_ID, [OLD]), [NEW])


MADE_UP = {
    "empty": "",
    "a dot": ".",
    "an id without signature": LINK_ID,
    "another key": links.sign(LINK_ID, [FOREIGN]),
    "a lone surrogate": links.sign(LINK_ID, [NEW]) + "\ud800",
    "beyond ASCII": links.sign(LINK_ID, [NEW]) + "é",
    "endless": "a" * 100_000,
    "a weaker digest": URLSafeSerializer(NEW, salt="accessflows.approval").dumps(LINK_ID),
    "another purpose": URLSafeSerializer(
        NEW,
        salt="accessflows.sign-in",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    ).dumps(LINK_ID),
}


@pytest.mark.parametrize("token", MADE_UP.values(), ids=MADE_UP.keys())
def test_what_we_did_not_sign_for_this_purpose_is_refused(token: str) -> None:
    with pytest.raises(LinkRefused):
        links.read(token, [OLD, NEW])


@given(st.data())
def test_f15_a_link_changed_or_cut_anywhere_is_refused(data: st.DataObject) -> None:
    token = links.sign(LINK_ID, [NEW])
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(sorted(set("abcXYZ019-_.") - {token[at]})))
    changed = data.draw(
        st.sampled_from([token[:at], token[at + 1 :], token[:at] + letter + token[at + 1 :]])
    )
    with pytest.raises(LinkRefused):
        links.read(changed, [OLD, NEW])


def test_ids_cannot_be_guessed_and_fit_a_url() -> None:
    ids = {links.new_link_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(one) == 32 and one.replace("-", "").replace("_", "").isalnum() for one in ids)


def test_keys_come_oldest_first_from_the_secret() -> None:
    assert links.parse_keys(json.dumps({"first": OLD, "second": NEW})) == (OLD, NEW)


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, ""]])
def test_a_secret_without_good_keys_is_an_error(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="link keys"):
        links.parse_keys(json.dumps({str(n): key for n, key in enumerate(keys)}))


def test_nothing_is_signed_or_read_without_a_key() -> None:
    with pytest.raises(ValueError, match="no key"):
        links.sign(LINK_ID, [])
    with pytest.raises(ValueError, match="no key"):
        links.read("token", [])
