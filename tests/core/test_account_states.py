"""The compact list of a tenant's accounts."""

from __future__ import annotations

from uuid import UUID

from shared.core.account_states import AccountState, AccountStates
from shared.core.person import Account


def object_id(number: int) -> str:
    return str(UUID(int=number * 2**96 + number))


def test_everybody_is_found_again() -> None:
    """Enabled, disabled and absent accounts are told apart, in any case, also after a stay in a blob."""
    accounts = [Account(object_id(number), enabled=bool(number % 3)) for number in range(1, 200, 2)]
    states = AccountStates(AccountStates.of_accounts(accounts).to_bytes())

    expected = {account.id: AccountState.ENABLED if account.enabled else AccountState.DISABLED for account in accounts}
    assert expected == {account.id: states.of(account.id.upper()) for account in accounts}
    assert {AccountState.UNKNOWN} == {states.of(object_id(number)) for number in range(0, 200, 2)}
    assert AccountState.UNKNOWN is AccountStates(b"").of(object_id(1))


def test_an_account_in_two_pages_counts_as_enabled_if_one_says_so() -> None:
    """Paging may show somebody twice, before and after a change; nobody is taken for a leaver in doubt."""
    twice = [Account(object_id(1), enabled=False), Account(object_id(1), enabled=True)]

    for accounts in (twice, twice[::-1], [*twice, Account(object_id(2))]):
        assert AccountState.ENABLED is AccountStates.of_accounts(accounts).of(object_id(1))


def test_a_person_takes_17_bytes() -> None:
    """So that the list of a large tenant weighs little in a worker's memory."""
    states = AccountStates.of_accounts(Account(object_id(number)) for number in range(1000))

    assert 17_000 == len(states.to_bytes())
