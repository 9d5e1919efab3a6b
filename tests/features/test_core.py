"""The set `core` holds these columns and no others: what published tables have by default."""

import pytest

import alliance_features as af

CORE = {
    "session": """
    therapist__words_n
    therapist__turns_n
    therapist__words_per_turn__mean
    therapist__mattr
    therapist__question_rate
    therapist__minimal_reply_prop
    client__words_n
    client__turns_n
    client__words_per_turn__mean
    client__mattr
    client__question_rate
    client__minimal_reply_prop
    dyad__talk_ratio
    dyad__turns_n
    dyad__words_n
    therapist__words_per_turn__slope
    therapist__words_per_turn__third_diff
    client__words_per_turn__slope
    client__words_per_turn__third_diff
    therapist__i_rate
    therapist__i_subject_rate
    therapist__i_object_rate
    therapist__i_cogverb_rate
    therapist__i_formulaic_rate
    therapist__i_quoted_rate
    therapist__we_rate
    therapist__you_rate
    client__i_rate
    client__i_subject_rate
    client__i_object_rate
    client__i_cogverb_rate
    client__i_formulaic_rate
    client__i_quoted_rate
    client__we_rate
    client__you_rate
    therapist__i_rate__slope
    therapist__i_rate__third_diff
    client__i_rate__slope
    client__i_rate__third_diff
    therapist__filled_pause_rate
    therapist__filled_pause_initial_prop
    therapist__repetition_rate
    therapist__cutoff_rate
    therapist__backchannel_rate
    client__filled_pause_rate
    client__filled_pause_initial_prop
    client__repetition_rate
    client__cutoff_rate
    client__backchannel_rate
    therapist__filled_pause_rate__slope
    client__filled_pause_rate__slope
    therapist__latency_s__median
    therapist__words_per_min
    therapist__overlap_prop
    therapist__onset_gap_s__median
    client__latency_s__median
    client__words_per_min
    client__overlap_prop
    client__onset_gap_s__median
    dyad__duration_s
    dyad__uclid__anchor_therapist
    dyad__nclid__anchor_therapist
    dyad__alpha_cross__anchor_therapist
    dyad__uclid__anchor_client
    dyad__nclid__anchor_client
    dyad__alpha_cross__anchor_client
    dyad__alpha_within_therapist
    dyad__alpha_within_client
    dyad__adjacent_wmd__responder_therapist__mean
    dyad__bow_l1__responder_therapist
    dyad__adjacent_wmd__responder_client__mean
    dyad__bow_l1__responder_client
    dyad__oov_prop
    dyad__wmd_pairs_n
    dyad__adjacent_wmd__responder_therapist__slope
    dyad__adjacent_wmd__responder_therapist__third_diff
    dyad__adjacent_wmd__responder_client__slope
    dyad__adjacent_wmd__responder_client__third_diff
    dyad__lsm
    dyad__rlsm__responder_therapist
    dyad__lexical_overlap__responder_therapist
    dyad__rlsm__responder_client
    dyad__lexical_overlap__responder_client
    """,
    "turn": """
    words_n
    questions_n
    i_n
    i_subject_n
    i_object_n
    i_cogverb_n
    i_formulaic_n
    i_quoted_n
    we_n
    you_n
    filled_pauses_n
    repetitions_n
    cutoffs_n
    backchannels_n
    adjacent_wmd
    nearest_reply_wmd
    bow_l1
    """,
}


@pytest.mark.parametrize("level", CORE)
def test_core(level):
    assert af.list_features("core", level=level) == CORE[level].split()
