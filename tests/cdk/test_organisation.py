"""What a deployment may reach, from the files of the organisation."""

import shutil
from pathlib import Path

import yaml

from cdk.organisation import reach_of
from tests.documented import examples

CONFIG = Path(__file__).parents[2] / "cdk" / "config"


def test_every_documented_kind_gets_its_functions_and_the_secret_it_names(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path, dirs_exist_ok=True)
    kinds = {example["kind"] for example in examples()}
    (tmp_path / "documented.yaml").write_text(yaml.safe_dump({"integrations": examples()}))
    reach = reach_of(tmp_path)
    assert set(reach.families) == kinds | {"aws_iam"}
    assert set(reach.secrets) == {
        (example["kind"], example["settings"]["secret"])
        for example in examples()
        if "secret" in example["settings"]
    }
