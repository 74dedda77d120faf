"""What Norwegian post places are called in Sámi and Kven: addresses may be written so, and Posten takes them there.

Towns and post places with an official parallel name; a place that is not here is known by its Norwegian name only.

Source: Sentralt stedsnavnregister (Kartverket, official place names by lov om stadnamn) and Språkrådet's list of Kven names, from
our own knowledge; a name too many does nothing but leave out a warning.
"""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = """
ALTA: Áltá, Alattio
BALLANGEN: Bálák
BARDU: Beardu
BERLEVÅG: Bearalváhki
BIRTAVARRE: Gáivuonbahta
BODØ: Bådåddjo
BUGØYNES: Buođggák, Pykeijä
BÅTSFJORD: Báhcavuotna
BØRSELV: Bissojohka, Pyssyjoki
DRAG: Ájluokta
EVENES: Evenášši
FAUSKE: Fuossko
GRATANGEN: Rivtták
GRONG: Kråangke
HAMARØY: Hábmer
HAMMERFEST: Hámmerfeasta, Hammerfesti
HARSTAD: Hárstták
HATTFJELLDAL: Aarborte
HONNINGSVÅG: Honnesváhki
INDRE BILLEFJORD: Billávuotna
KARASJOK: Kárášjohka, Kaarasjoki
KAUTOKEINO: Guovdageaidnu, Koutokeino
KIRKENES: Girkonjárga, Kirkkoniemi
KJØLLEFJORD: Gilivuotna
KJØPSVIK: Gásluokta
KVALSUND: Fálesnuorri
LAKSELV: Leavdnja, Lemmijoki
LEBESBY: Davvesiida
LEVANGER: Levangke
LYNGSEIDET: Ivgumuotki, Yykeänmuotka
MAZE: Máze, Masi
MEHAMN: Donjevuotna
MO I RANA: Måefie
MOSJØEN: Mussere
NAMSOS: Nåavmesjenjaelmie
NARVIK: Áhkánjárga
NEIDEN: Njávdán, Njauddâm, Näätämö
NORDKJOSBOTN: Gárgán
RØROS: Plassje
SAMUELSBERG: Olmmáivággi
SIRMA: Sirbmá
SKIBOTN: Ivgubahta, Ivgobahta, Yykeänperä
SKJERVØY: Skiervá, Kierua
SKOGANVARRE: Skuvvanvárri
SNÅSA: Snåase
STEINKJER: Stïentje
STORSLETT: Hánnoluohkká, Hansikka
SULITJELMA: Sulisjielmmá
SØRKJOSEN: Rávisvuotna
TANA: Deatnu, Teno, Deanu
TENNEVOLL: Loabát
TROMSØ: Romsa, Tromssa
TRONDHEIM: Tråante
VADSØ: Čáhcesuolu, Vesisaari
VARANGERBOTN: Vuonnabahta, Unjárga
VARDØ: Várggát, Vuorea
VESTRE JAKOBSELV: Ánnejohka, Annijoki
"""
ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    place: tuple(name.strip() for name in names.split(","))
    for place, _, names in (line.partition(":") for line in _NAMES.split("\n") if line)
}
"""Per place, in capitals as the register writes it, its names in other languages."""
