"""cdk-nag and CDK's own validation find nothing; what is accepted says why; faults stop a synth."""

from pathlib import Path

import pytest

from tests.cdk.template import Template


def test_nothing_is_found(either: Template) -> None:
    assert either.findings == []


def test_what_is_accepted_says_why(either: Template) -> None:
    assert either.reasons
    assert [accepted for accepted, why in either.reasons.items() if len(why) < 25] == []


def test_nothing_is_accepted_for_the_whole_stack(either: Template) -> None:
    assert [accepted for accepted in either.reasons if accepted.startswith("/AccessFlows ")] == []


def test_a_finding_would_be_noticed(tmp_path: Path) -> None:
    from aws_cdk import App, Stack, Validations
    from aws_cdk import aws_sqs as sqs
    from cdk_nag import AwsSolutionsChecks

    app = App(outdir=str(tmp_path))
    sqs.Queue(Stack(app, "AccessFlows"), "Queue", encryption=sqs.QueueEncryption.UNENCRYPTED)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()
    assert "AwsSolutions: AwsSolutions-SQS4" in Template(tmp_path).findings


def test_a_configuration_with_mistakes_is_not_deployed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from aws_cdk import App

    from cdk.app import main

    mistakes = "peeple: []\nintegrations:\n  - {id: aws, kind: aws_iam, colour: red}\n"
    (tmp_path / "wrong.yaml").write_text(mistakes)
    app = App(context={"config": str(tmp_path)}, outdir=str(tmp_path / "out"))
    assert main(app) == 1
    said = capsys.readouterr().err
    assert "wrong.yaml: peeple" in said
    assert "colour" in said


def test_a_stage_that_does_not_exist_is_refused() -> None:
    from cdk.stage import stage_named

    with pytest.raises(ValueError, match="there is no stage 'prod'"):
        stage_named("prod")
