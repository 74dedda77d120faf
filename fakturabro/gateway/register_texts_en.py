"""English: questions on registers that two systems share, and on the plan of a first synchronisation."""

TEXTS = {
    "fact_register": "Register",
    "fact_in_severa": "In Severa",
    "fact_in_fortnox": "In Fortnox",
    "fact_points": "Likeness",
    "fact_plan_link": "Linked",
    "fact_plan_to_fortnox": "Made in Fortnox",
    "fact_plan_to_severa": "Made in Severa",
    "fact_plan_leave": "Left alone",
    "fact_plan_undecided": "Waits for an answer",
    "fact_plan_report": "The whole plan",
    "pair_subject": "Are these the same? {about}",
    "pair_title": "Are these the same?",
    "pair_text": "The registers of Severa and Fortnox are to be linked. Compare what they say, and look in both systems if you are "
    "in doubt. The answer is remembered, and you are not asked about these two again.",
    "pair_same": "Yes, they are the same",
    "pair_same_text": "They are linked, although number or name differs. From then on changes in the master are written to "
    "the other.",
    "pair_different": "No, they are two",
    "pair_different_text": "They are never linked. If they have the same number, it must be put right in one of the systems before "
    "the one that is missing can be made.",
    "decided_pair_same_title": "The answer is saved",
    "decided_pair_same_text": "The two are linked in the next run. You can close the page.",
    "decided_pair_different_title": "The answer is saved",
    "decided_pair_different_text": "The two are not linked. You can close the page.",
    "sync_plan_subject": "Plan of the first synchronisation of Severa and Fortnox",
    "sync_plan_title": "Shall the registers be synchronised like this?",
    "sync_plan_text": "This is what the first synchronisation does. The report that is named at the bottom has all of the plan; "
    "operators can send it to you. What is made stays in the other system, and has to be removed there by hand if it was wrong.",
    "sync_plan_approved": "Yes, do it",
    "sync_plan_approved_text": "The next run links and makes what stands in the plan, and nothing else. If it is interrupted, it "
    "goes on the next time.",
    "sync_plan_refused": "No",
    "sync_plan_refused_text": "Nothing is linked and nothing is made. Put the registers or the settings right, and run it again: "
    "then there is a new plan.",
    "decided_sync_plan_approved_title": "The answer is saved",
    "decided_sync_plan_approved_text": "The plan is carried out in the next run. You can close the page.",
    "decided_sync_plan_refused_title": "The answer is saved",
    "decided_sync_plan_refused_text": "Nothing is done. You can close the page.",
}
