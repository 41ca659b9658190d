"""Unit tests reach nothing outside their process."""

import socket
from contextlib import closing

import pytest


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_socket_refuses_to_connect(method):
    with closing(socket.socket()) as unconnected, pytest.raises(Exception, match="connect to"):
        getattr(unconnected, method)(("127.0.0.1", 9))
