"""Norwegian bokmål: questions on registers that two systems share, and on the plan of a first synchronisation."""

TEXTS = {
    "fact_register": "Register",
    "fact_in_severa": "I Severa",
    "fact_in_fortnox": "I Fortnox",
    "fact_points": "Likhet",
    "fact_plan_link": "Kobles",
    "fact_plan_to_fortnox": "Opprettes i Fortnox",
    "fact_plan_to_severa": "Opprettes i Severa",
    "fact_plan_leave": "Røres ikke",
    "fact_plan_undecided": "Venter på svar",
    "fact_plan_report": "Alt i planen",
    "pair_subject": "Er dette den samme? {about}",
    "pair_title": "Er disse den samme?",
    "pair_text": "Registrene i Severa og Fortnox skal kobles. Sammenlign opplysningene, og se etter i begge systemene hvis du er i "
    "tvil. Svaret huskes, og du blir ikke spurt om de to igjen.",
    "pair_same": "Ja, det er den samme",
    "pair_same_text": "De kobles, selv om nummer eller navn er ulikt. Endringer i hovedsystemet skrives fra da av over til den "
    "andre.",
    "pair_different": "Nei, de er ulike",
    "pair_different_text": "De kobles aldri. Har de samme nummer, må nummeret rettes i ett av systemene før den som mangler, kan "
    "opprettes.",
    "decided_pair_same_title": "Svaret er lagret",
    "decided_pair_same_text": "De to kobles i neste kjøring. Du kan lukke siden.",
    "decided_pair_different_title": "Svaret er lagret",
    "decided_pair_different_text": "De to kobles ikke. Du kan lukke siden.",
    "sync_plan_subject": "Plan for første synkronisering av Severa og Fortnox",
    "sync_plan_title": "Skal registrene synkroniseres slik?",
    "sync_plan_text": "Dette skjer i den første synkroniseringen. Rapporten som er nevnt nederst, har alt i planen; drift kan "
    "sende deg den. Det som opprettes, blir stående i det andre systemet, og må fjernes for hånd der hvis det var feil.",
    "sync_plan_approved": "Ja, gjør det",
    "sync_plan_approved_text": "Neste kjøring kobler og oppretter det som står i planen, og ikke noe annet. Blir den avbrutt, "
    "fortsetter den neste gang.",
    "sync_plan_refused": "Nei",
    "sync_plan_refused_text": "Ingenting kobles og ingenting opprettes. Rett registrene eller oppsettet, og kjør på nytt: da lages "
    "en ny plan.",
    "decided_sync_plan_approved_title": "Svaret er lagret",
    "decided_sync_plan_approved_text": "Planen gjennomføres i neste kjøring. Du kan lukke siden.",
    "decided_sync_plan_refused_title": "Svaret er lagret",
    "decided_sync_plan_refused_text": "Ingenting gjøres. Du kan lukke siden.",
}
