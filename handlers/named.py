"""One of several things by choice, or in the words that people have for it, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from handlers.choices import OrWords
from handlers.said import UNREAD, Said, Unread
from handlers.spelling import bag, words

_AROUND: Final = bag(
    "i im am m me my a the so very really pretty kinda just feel feeling feels its it is and af "
    "right now today still a bit little with of to at in estoy ando siento yo muy mucho mucha algo "
    "tengo mi mis en el la los con un una y hoy ahora sigo todavia bastante de"
)


def names(text: str) -> frozenset[str]:
    """Names, one or more words each, with commas between them."""
    return frozenset(name.strip() for name in text.split(","))


@dataclass(frozen=True, slots=True)
class Named(OrWords[str]):
    """A choice, or the one thing whose name is all that was said."""

    known: Mapping[str, frozenset[str]] = field(repr=False)
    """The key of a choice to its names, spelled as `handlers.spelling.words` spells."""

    def worded(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of what was named; UNREAD where two things are."""
        spoken = words(said.text)
        whole = " ".join(spoken)
        bare = " ".join(word for word in spoken if word not in _AROUND)
        found = {kind for kind, called in self.known.items() if {whole, bare} & called}
        return found.pop() if len(found) == 1 else UNREAD


FEELINGS: Final = {
    "hungry": names("hungry,starving,havent eaten,havent eaten yet,hambre,no he comido,sin comer"),
    "angry": names(
        "angry,mad,pissed,pissed off,furious,enojo,enojada,enojado,rabia,coraje,furiosa,furioso"
    ),
    "lonely": names("lonely,alone,soledad,sola,solo,me siento sola,me siento solo"),
    "tired": names(
        "tired,exhausted,sleepy,worn out,drained,cansancio,cansada,cansado,agotada,agotado,sueno"
    ),
}
COMPANY: Final = {
    "alone": names("alone,by myself,nobody,no one,none,on my own,sola,solo,nadie,no hay nadie"),
    "friends": names("friend,friends,a friend,amigo,amiga,amigos,amigas,amistades"),
    "family": names(
        "family,wife,husband,partner,girlfriend,boyfriend,kids,mom,dad,sister,brother,familia,"
        "esposa,esposo,marido,pareja,novia,novio,hijos,mama,papa,hermana,hermano"
    ),
    "using": names("users,people using,gente que consume,gente que usa"),
}
HOW_IT_IS: Final = {
    "ok": names(
        "ok,okay,good,fine,better,doing ok,doing good,doing better,doing fine,alright,not bad,"
        "bien,mejor,todo bien,mas tranquila,mas tranquilo,ahi voy"
    ),
    "rough": names(
        "bad,not good,not great,not ok,not okay,not well,rough,hard,terrible,awful,worse,"
        "like shit,shit,sad,mal,no bien,fatal,peor,dificil,triste,de la chingada,nada bien"
    ),
}
EASIER: Final = {
    "easier": names("easier,better,good,less,mas facil,mejor,facil,menos"),
    "same": names("same,no change,about same,igual,mismo,lo mismo"),
    "harder": names("harder,worse,bad,hard,rough,not good,mas dificil,peor,mal,dificil"),
}
PATHS: Final = {
    "12step": names("aa,na,ca,12 step,12 steps,twelve steps,twelve step,12 pasos,doce pasos,chip"),
    "smart": names("smart,smart recovery"),
    "both": names("both,both of them,los dos,ambos,las dos"),
    "none": names("neither,none of them,ninguno,ninguna,mine,own"),
}
