"""What is read on the page that connects Fortnox, in Norwegian."""

TEXTS = {
    "fortnox_title": "Koble til Fortnox",
    "fortnox_text": "Du sendes til Fortnox. Logg inn som systemadministrator, velg firmaet og godkjenn rettighetene. Deretter "
    "kommer du tilbake hit og ser hvilket firma det gjelder, før noe lagres.",
    "fortnox_go": "Fortsett til Fortnox",
    "fortnox_kept": "Koblet til nå",
    "fortnox_disconnect_text": "Kobler du fra, trekkes samtykket tilbake i Fortnox, og ingenting overføres før noen kobler til "
    "igjen.",
    "fortnox_disconnect": "Koble fra Fortnox",
    "fortnox_confirm_text": "Fortnox ga tilgang til dette firmaet. Kontroller det før tilgangen lagres.",
    "fortnox_database": "Databasenummer i Fortnox",
    "fortnox_confirm_yes": "Ja, koble til",
    "fortnox_connected_title": "Fortnox er koblet til",
    "fortnox_connected_text": "Tilgangen er lagret kryptert, og lenken er brukt opp. Du kan lukke siden.",
    "fortnox_disconnected_title": "Fortnox er koblet fra",
    "fortnox_disconnected_text": "Samtykket er trukket tilbake, og tilgangen er slettet hos oss. Ingenting overføres mer.",
    "fortnox_forgotten_title": "Tilgangen er slettet hos oss",
    "fortnox_forgotten_text": "Ingenting overføres mer, men vi fikk ikke trukket samtykket tilbake hos Fortnox. Fjern "
    "integrasjonen i Fortnox under Administrera användare, så er det borte der også.",
    "fortnox_stranger_title": "Vi kjenner ikke igjen dette besøket",
    "fortnox_stranger_text": "Ingenting er lagret. Åpne lenken fra e-posten på nytt, i samme nettleser som du bruker i "
    "Fortnox, og begynn der.",
    "fortnox_denied": "Fortnox ga ikke tilgang. Ingenting er lagret. Du må være systemadministrator og godkjenne rettighetene.",
    "fortnox_no_code": "Fortnox godtok ikke svaret du kom tilbake med. Det varer i ti minutter og gjelder én gang. Begynn på nytt.",
    "fortnox_away": "Vi nådde ikke Fortnox nå. Ingenting er lagret. Begynn på nytt om litt.",
    "fortnox_again": "Det er for lenge siden du kom tilbake fra Fortnox, eller tilgangen er erstattet av en nyere. Begynn på nytt.",
    "fortnox_no_number": "Organisasjonsnummeret ditt mangler i oppsettet hos oss, så vi kan ikke kontrollere firmaet. "
    "Ingenting er lagret. Svar på e-posten du fikk lenken i.",
    "fortnox_other_company": "Fortnox ga tilgang til {company} med organisasjonsnummer {theirs}, men avtalen gjelder {ours}. "
    "Tilgangen er trukket tilbake, og ingenting er lagret. Velg riktig firma i Fortnox.",
    "fortnox_missing": "Fortnox ga tilgang til {company}, men uten disse rettighetene: {missing}. Tilgangen er trukket "
    "tilbake. Godkjenn alle rettighetene, og bestill lisensene som mangler.",
    "connect_fortnox_mail_subject": "Koble til Fortnox",
    "connect_fortnox_mail_text": "Hei\n\nÅpne lenken for å koble til Fortnox, eller for å koble fra. Du må være "
    "systemadministrator i Fortnox. Lenken kan brukes én gang og varer i to uker.\n\n{link}\n\nIkke videresend denne e-posten.\n",
}
