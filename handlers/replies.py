"""An answer by choice, by a name for it, or by a plain yes, no or maybe.

Who cannot come often says so with the reason ("can't make it, no ride"): that is read as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from handlers import phrases
from handlers.choices import OrTyped, OrWords
from handlers.named import Named, names
from handlers.phrases import Sense, sense
from handlers.said import UNREAD, Said, Unread
from handlers.spelling import bag, words

WHY: Final = {
    "ride": names(
        "ride,no ride,car,no car,my car,car broke down,my car broke down,bus,the bus,missed bus,"
        "missed the bus,i missed the bus,transport,transportation,gas,no gas,i need a ride,"
        "need a ride,no way to get there,transporte,no tengo transporte,carro,no tengo carro,"
        "el carro,camion,autobus,el autobus,gasolina,necesito un aventon,aventon,"
        "my car wont start,car wont start,mi carro se descompuso,se descompuso mi carro,"
        "se me descompuso el carro,mi carro no sirve"
    ),
    "work": names(
        "work,job,my job,have to work,i have to work,im working,working,my shift,shift,boss,"
        "my boss,got called in,trabajo,el trabajo,tengo que trabajar,trabajando,turno,mi turno,"
        "jefe,mi jefe"
    ),
    "care": names(
        "kids,my kids,kid,child care,childcare,babysitter,no babysitter,daycare,family,my son,"
        "my daughter,my baby,baby,my mom,ninos,mis ninos,hijos,mis hijos,hijo,hija,bebe,mi bebe,"
        "familia,guarderia,ninera,cuidar a mis hijos,mi mama,my son is sick,my daughter is sick,"
        "my kid is sick,my kids are sick,mi hijo esta enfermo,mi hija esta enferma,"
        "mis hijos estan enfermos"
    ),
    "ill": names(
        "ill,sick,im sick,i am sick,not well,not feeling well,i dont feel well,im not well,fever,"
        "flu,cold,a cold,throwing up,headache,doctor,hospital,enferma,enfermo,estoy enferma,"
        "estoy enfermo,me siento mal,mal,no me siento bien,fiebre,gripe,doctora"
    ),
    "unready": names(
        "not up to it,i dont feel up to it,im not up to it,tired,too tired,exhausted,anxious,"
        "scared,ashamed,dont want to,i dont want to,depressed,cant face it,i cant face it,nervous,"
        "no tengo ganas,sin ganas,no me animo,cansada,cansado,no quiero,ansiosa,ansioso,verguenza,"
        "me da verguenza,miedo,me da miedo,nerviosa,nervioso,no puedo con eso"
    ),
    "other": names("other,something else,else,another reason,otra cosa,otro,otra,otra razon"),
}
"""What people say stands in their way, by barrier."""
COMING: Final = {
    "coming": names(
        "coming,im coming,i am coming,ill be there,i will be there,be there,ill come,i will come,"
        "on my way,im on my way,going,im going,see you there,see you,see you then,count me in,"
        "voy,si voy,ahi estare,ahi voy,alli estare,voy a ir,ya voy,en camino,voy en camino,"
        "alla nos vemos"
    ),
    "cannot": names(
        "no,nope,nah,no thanks,no thank you,no gracias,no sorry,sorry no,not today,not tomorrow,"
        "not this time,hoy no,manana no,"
        "cant,i cant,cant come,i cant come,cant go,cant make it,i cant make it,wont make it,"
        "i wont make it,not coming,im not coming,not going,im not going,i wont be there,no puedo,"
        "no puedo ir,no voy,no voy a ir,no voy a poder,no llego,no ire"
    ),
    "help": names(
        "need help,i need help,need a hand,i need a hand,hand,necesito ayuda,una mano,"
        "necesito una mano,not sure,maybe,im not sure,no se,tal vez,quizas,a lo mejor"
    ),
    **WHY,
}
"""The same of coming at all."""
_CANNOT: Final = re.compile(
    r"(?:(?:sorry|perdon|lo siento|hey|hi|hola) )?(?:i |im |yo )?"
    r"(?:(?:cant|cannot|can not|wont|will not|wont be able to|not going to|not gonna|not able to)"
    r" (?:make it|come|go|be there|get there)|not coming|no (?:puedo|voy a poder|voy a) "
    r"(?:ir|llegar|asistir)|no voy a poder|no (?:ire|llego|alcanzo))\b"
)
_NOT: Final = re.compile(
    r"(?:(?:sorry|perdon|lo siento|hey|hi|hola) )?(?:i |yo )?(?:cant|cannot|can not|no puedo|no)\b"
)
"""Read only with a reason after it: alone it may mean anything."""
_HINTS: Final = {
    "ride": bag("ride car bus gas transport transportation train carro camion autobus aventon"),
    "work": bag("work working job shift boss trabajo trabajar trabajando turno jefe jefa"),
    "care": bag("kid kids son daughter baby babysitter daycare hijo hija hijos ninos bebe ninera"),
    "ill": bag("sick ill fever flu throwing vomiting enferma enfermo fiebre gripe vomito"),
}


@dataclass(frozen=True, slots=True)
class Reply(OrWords[str]):
    """A choice or a name for it; a plain yes, no or maybe means the choice that is given here."""

    yes: str
    no: str
    maybe: str = ""

    def worded(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The choice that a plain yes, no or maybe means here, or the reason that came with it."""
        spoken = words(phrases.spell_thumbs(said.text))
        meant = {Sense.YES: self.yes, Sense.NO: self.no, Sense.UNSURE: self.maybe}
        heard = sense(spoken)
        if heard is not None:
            return meant[heard] or UNREAD
        return _excused(" ".join(spoken)) if "cannot" in self.options else UNREAD


def _excused(spoken: str) -> str | Literal[Unread.UNREAD]:
    """The reason in "can't make it, my car broke down", or that they cannot."""
    found = _CANNOT.match(spoken)
    if found is not None:
        return _hinted(spoken[found.end() :]) or "cannot"
    found = _NOT.match(spoken)
    return UNREAD if found is None else _hinted(spoken[found.end() :]) or UNREAD


def _hinted(spoken: str) -> str | None:
    """The one reason that these words point to."""
    said = set(spoken.split())
    hinted = [kind for kind, hints in _HINTS.items() if hints & said]
    if hinted == ["care", "ill"]:
        # It is the child who is ill.
        return "care"
    return hinted[0] if len(hinted) == 1 else None


@dataclass(frozen=True, slots=True)
class Reason(OrTyped[str]):
    """A barrier, or the one that a sentence points to: asked for where nothing else is meant.

    A plain no names none, though one label ("I'm not well") says no as well.
    """

    answer: Named

    def worded(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The barrier that was named, or the one that the words point to."""
        named = self.answer.worded(said)
        return (_hinted(" ".join(words(said.text))) or UNREAD) if named is UNREAD else named
