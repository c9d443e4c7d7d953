from __future__ import annotations

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.watches.signing import make_secret, sign

BODY = '{"type":"watch.firing"}'


def signed(*keys: str) -> dict[str, str]:
    return sign("evt.1", int(time.time()), BODY.encode(), keys)


def test_the_specifications_own_library_verifies_it() -> None:
    secret = make_secret()
    assert Webhook(secret).verify(BODY, signed(secret)) == {"type": "watch.firing"}


def test_while_a_secret_is_replaced_both_verify() -> None:
    old, new = make_secret(), make_secret()
    headers = signed(new, old)
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(make_secret()).verify(BODY, headers)


def test_the_signature_is_the_specifications_own_example() -> None:
    headers = sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_differ_and_are_long() -> None:
    secrets = {make_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(s.startswith("whsec_") and len(s) == 50 for s in secrets)
