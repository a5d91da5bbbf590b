"""The small words of answers: yes, no, not sure, skip, option two; English and Spanish, folded."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from handlers.spelling import bag, fold, words


class Sense(Enum):
    """What a short reply comes to."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


_SAYS: Final = {
    Sense.YES: _phrases(
        "yes,yep,yeah,yea,yeh,ye,yup,yess,yas,ya,y,ok,okay,okey,oki,okie,k,kk,sure,sure thing,"
        "sure why not,why not,alright,all right,fine,of course,absolutely,definitely,please do,"
        "sounds good,thats fine,thats ok,thats right,right,correct,go ahead,lets go,lets do it,"
        "im in,i agree,agree,agreed,i accept,accept,i do,i did,i am,i have,i will,i would,i can,"
        "id like that,i guess,i guess so,i think so,i want to,yes i want to,uh huh,mhm,mm hmm,"
        "affirmative,for sure,got it,deal,ready,im ready,it is,"
        "si,sii,sip,simon,claro,claro que si,por supuesto,dale,bueno,vale,va,sale,orale,okis,"
        "de acuerdo,esta bien,ta bien,cierto,correcto,asi es,creo que si,desde luego,obvio,"
        "como no,acepto,si acepto,quiero,si quiero,listo,lista,adelante,yo si,eso si,perfecto"
    ),
    Sense.NO: _phrases(
        "no,n,nope,nop,nah,na,naw,noo,nay,negative,never,no way,not now,not right now,not yet,"
        "not for me,no es para mi,para mi no,no me interesa,"
        "not really,not today,not tonight,not at all,not this time,no not now,not interested,"
        "later,maybe later,another time,some other time,i dont,i didnt,i did not,i do not,"
        "i havent,i have not,im not,i am not,i wont,i cant,i would not,i dont think so,"
        "i dont want to,i do not want to,id rather not,rather not,i disagree,none,nuh uh,im good,"
        "no gracias,ahora no,por ahora no,ahorita no,todavia no,aun no,hoy no,claro que no,"
        "por supuesto que no,creo que no,no creo,para nada,nunca,jamas,nel,de ninguna manera,"
        "luego,mas tarde,despues,tal vez despues,tal vez luego,quizas despues,quizas luego,"
        "quizas mas tarde,tal vez mas tarde,mejor no,mejor luego,mejor despues,en otro momento,"
        "otro dia,no quiero,no acepto,no puedo,ninguno,ninguna,yo no,no ahora,no por ahora,"
        "esta vez no"
    ),
    Sense.UNSURE: _phrases(
        "not sure,im not sure,i am not sure,unsure,not so sure,idk,i dont know,i do not know,dunno,"
        "dont know,maybe,perhaps,kinda,kind of,sort of,hard to say,not certain,"
        "no se,nose,no lo se,yo no se,no estoy seguro,no estoy segura,no sabria decir,quien sabe,"
        "tal vez,talvez,quiza,quizas,puede ser,a lo mejor,mas o menos"
    ),
}
_SENSES: Final = {phrase: said for said, phrases in _SAYS.items() for phrase in phrases}
_LONGEST: Final = max(map(len, _SENSES))
_POLITE: Final = bag(
    "please pls plz thanks thank you thx ty porfa porfavor favor por gracias muchas "
    "lol haha jaja hehe jeje mam maam sir oh ah uh um eh hmm hm pues pos well so bro man dude "
    "amigo amiga very much"
)
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_PLEASE: Final = frozenset({("please",), ("pls",), ("plz",), ("por", "favor"), ("porfa",)})


def sense(spoken: list[str]) -> Sense | None:
    """Yes, no or unsure, if the words say one of them and nothing else; else None.

    Every word must belong to a known phrase or be politeness: "no thank you" is a no, while
    "yes and no" and "not no" are neither.
    """
    tokens = [_STRETCHED.sub(r"\1", word) for word in spoken]
    if tuple(tokens) in _PLEASE:
        return Sense.YES
    found: set[Sense] = set()
    while tokens:
        for size in range(min(_LONGEST, len(tokens)), 0, -1):
            said = _SENSES.get(tuple(tokens[:size]))
            if said:
                found.add(said)
                tokens = tokens[size:]
                break
        else:
            if tokens[0] not in _POLITE:
                return None
            tokens = tokens[1:]
    return found.pop() if len(found) == 1 else None


_THUMBS: Final = str.maketrans(
    {
        "\U0001f44d": " yes ",
        "✅": " yes ",
        "✔": " yes ",
        "\U0001f44c": " ok ",
        "\U0001f44e": " no ",
        "❌": " no ",
    }
)


def spell_thumbs(text: str) -> str:
    """Thumbs, ticks and crosses as words."""
    return text.translate(_THUMBS)


_SQUARED: Final = str.maketrans({"\U0001f170": " a ", "\U0001f171": " b "})


def spell_letters(text: str) -> str:
    """The blood-group emoji as the letters they are used for."""
    return text.translate(_SQUARED)


_SKIPS: Final = _phrases(
    "skip,s,skip it,skip this,skip that,skip please,skip this one,skip for now,pass,next,"
    "i pass,ill pass,ill skip,rather not,id rather not,i would rather not,rather not say,"
    "id rather not say,prefer not,prefer not to,prefer not to say,i prefer not to,"
    "i prefer not to say,omitir,omite,omitelo,saltar,salta,saltalo,saltar esta,paso,yo paso,"
    "esta la paso,siguiente,prefiero no,prefiero no decir,prefiero no decirlo,"
    "prefiero no contestar,prefiero no responder,mejor paso"
)


def is_skip(spoken: list[str]) -> bool:
    """Whether the whole reply asks to leave the question out."""
    while spoken and spoken[-1] in _POLITE:
        spoken = spoken[:-1]
    return tuple(spoken) in _SKIPS


_NOT_NOW: Final = _phrases(
    "not now,not right now,no not now,not today,not tonight,not this time,later,maybe later,"
    "another time,some other time,no thanks,no thank you,no thx,i dont want to,i do not want to,"
    "leave me alone,stop asking,stop asking me,quit asking,quit asking me,dont ask,dont ask me,"
    "dont ask me that,i dont want to answer,i dont wanna,i dont wanna answer,i dont want to talk,"
    "i dont want to say,not in the mood,never mind,nevermind,nvm,forget it,"
    "ahora no,por ahora no,ahorita no,hoy no,esta vez no,luego,mas tarde,despues,mejor no,"
    "mejor luego,mejor despues,en otro momento,otro dia,no gracias,no quiero,dejalo,dejalo asi,"
    "dejame,olvidalo,ya no preguntes,no preguntes,no me preguntes,ya no me preguntes,"
    "deja de preguntar,deja de preguntarme,no quiero contestar,no quiero responder,"
    "no quiero decir,no quiero hablar,no tengo ganas de hablar"
)
_EXITS: Final = _phrases(
    "close,leave it,leave them,cerrar,dejarlo,dejarlo asi,dejalo,dejalo asi,dejarlas,dejarlos"
)


def is_not_now(spoken: list[str]) -> bool:
    """Whether the whole reply puts the question off in a kind word: "no thank you", "ahora no"."""
    while spoken and tuple(spoken) not in _NOT_NOW and spoken[-1] in _POLITE:
        spoken = spoken[:-1]
    return tuple(spoken) in _NOT_NOW


_UNKNOWN: Final = _phrases(
    "idk,i dont know,i do not know,dunno,dont know,not sure,im not sure,i am not sure,unsure,"
    "no idea,hard to say,cant say,i cant say,no se,nose,no lo se,yo no se,quien sabe,ni idea,"
    "no sabria decir,no se decir"
)


def is_unknown(spoken: list[str]) -> bool:
    """Whether the whole reply says that they don't know."""
    while spoken and tuple(spoken) not in _UNKNOWN and spoken[-1] in _POLITE:
        spoken = spoken[:-1]
    return tuple(spoken) in _UNKNOWN


_DONE: Final = _phrases(
    "done,im done,thats all,thats it,nothing,nothing else,exit,back,go back,listo,lista,es todo,"
    "eso es todo,nada,nada mas,salir,atras,volver,ya"
)


def is_done(spoken: list[str]) -> bool:
    """Whether the whole reply says that this is all."""
    return tuple(spoken) in _DONE


def is_exit(label: list[str]) -> bool:
    """Whether a label leaves a list or a question as it is."""
    return tuple(label) in _EXITS


NUMBER_WORDS: Final = {
    name: number
    for names in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    )
    for number, name in enumerate(names.split())
}
_OPTION_WORDS: Final = bag(
    "option opcion number numero num nr the answer respuesta is es la el letter letra "
    "choice my mi its i pick choose elijo escojo"
)


def without_option_word(spoken: list[str]) -> list[str]:
    """What remains after "option", "la", "my answer is"."""
    while len(spoken) > 1 and spoken[0] in _OPTION_WORDS:
        spoken = spoken[1:]
    return spoken


_NO_PLAIN_NUMBER: Final = re.compile(
    r"(?<![\w)])[-−–][0-9]|[0-9][.:,/⁄][0-9]|[0-9]\s?[%+°$€]|[$€][0-9]"
)


def is_number(text: str, number: int, label: list[str]) -> bool:
    """Whether the reply is this number and nothing else, its own label and politeness aside."""
    if _NO_PLAIN_NUMBER.search(fold(text)):
        return False
    spoken = without_option_word(words(text))
    while len(spoken) > 1 and spoken[-1] in _POLITE:
        spoken = spoken[:-1]
    if not spoken or spoken[1:] not in ([], label):
        return False
    return spoken[0] == str(number) or NUMBER_WORDS.get(spoken[0]) == number
