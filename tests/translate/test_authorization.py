"""Every verdict of the rules has a word in every version."""

import pytest
import small_hub as small

from portwatt.rules.authorise import Authorization, Verdict
from portwatt.translate.authorization import STATUS_2X, id_tag_info, id_token_info


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_word(verdict: Verdict) -> None:
    accepted = verdict is Verdict.ACCEPTED
    decision = Authorization(accepted, small.T1, "" if accepted else "why" * 500, verdict)
    assert (id_tag_info(decision).status == "Accepted") is accepted
    info = id_token_info(decision)
    assert info.status is STATUS_2X[verdict]
    assert (info.personal_message is None) is accepted
    assert info.personal_message is None or len(info.personal_message.content) == 512
