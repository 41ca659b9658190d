"""Origin: what files write and what the API made, put together and kept apart. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration, CurrentSet, Origin, Problem, Section
from accessflows.model.integration import Integration, Kind
from accessflows.rules.validation import Validator, problems, words_named


def settings_of(before: CurrentSet, written: AccountSettings) -> AccountSettings:
    """The account settings once files write these.

    What files no longer write starts off again; what they never wrote is the API's and stays.
    """
    in_files = written.model_fields_set | before.set_in_files
    kept = {name: value for name, value in before.settings if name not in in_files}
    return written.but(**kept)


def clashes(before: CurrentSet, configuration: Configuration) -> list[str]:
    """The entries of files whose ids the API has given already, in words."""
    return [
        f"{section.words} {entry.id!r} was made by the API already: close it there first, or give "
        "the one in the files another id"
        for section in Section
        for entry in configuration.section(section)
        if section.subject(entry.id) in before.made_by_api
    ]


def made_by_api(current: CurrentSet, standing: Configuration) -> Configuration:
    """Of what stands, the entries that are in no file."""
    return Configuration().but(
        **{
            section: tuple(
                entry
                for entry in standing.section(section)
                if current.origin(section, entry.id) is Origin.API
            )
            for section in Section
        }
    )


def joined(configuration: Configuration, made: Configuration) -> Configuration:
    """Files, then what the API made."""
    return configuration.but(
        **{
            section: (*configuration.section(section), *made.section(section))
            for section in Section
        }
    )


def misfits(
    together: Configuration,
    made: Configuration,
    connectors: Mapping[Kind, Validator],
    words: Mapping[str, Collection[str]],
) -> list[Problem]:
    """What is wrong with files and API together.

    made: the part of it that the API made. words: of people and groups who are there, by section.
    """
    return [*problems(together, connectors, words), *_undeployed(together, made, connectors)]


def words_of(configuration: Configuration) -> Mapping[str, Collection[str]]:
    """The words by which a configuration names people and groups, by section."""
    found: dict[str, set[str]] = {}
    for _, section, word in words_named(configuration):
        found.setdefault(section, set()).add(word)
    return found


def _undeployed(
    together: Configuration, made: Configuration, connectors: Mapping[Kind, Validator]
) -> Iterator[Problem]:
    """Roles are made at a deploy, from files: the API cannot reach further than they do."""
    ours = {integration.id for integration in made.integrations}
    deployed = [one for one in together.integrations if one.id not in ours]
    for i, integration in enumerate(together.integrations):
        connector = connectors.get(integration.kind)
        if integration.id not in ours or connector is None:
            continue
        if integration.kind not in served_kinds(deployed):
            message = (
                f"nothing is deployed that serves {integration.kind}: name an integration of this "
                "kind in the files and deploy"
            )
            yield Problem(("integrations", i, "kind"), message)
            continue
        for message in connector.undeployed(integration, deployed):
            yield Problem(("integrations", i, "settings"), message)


def served_kinds(deployed: Iterable[Integration]) -> frozenset[Kind]:
    """The kinds that a deployment with these integrations has functions for.

    IAM and functions of the organisation's own are served everywhere, all else where it is named.
    """
    return frozenset({Kind.AWS_IAM, Kind.LAMBDA, *(one.kind for one in deployed)})
