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
INSTEAD: Final = {
    "other": names(
        "other,another,another one,another thing,something else,something different,different,next,"
        "otro,otra,otra cosa,otra cosa distinta,algo distinto,algo diferente,algo mas,distinto"
    ),
    "person": names(
        "person,a person,somebody,someone,a human,team,counselor,my counselor,una persona,alguien,"
        "equipo,mi equipo,consejera,consejero,mi consejera,mi consejero"
    ),
}
"""What people ask for instead of a thing to do."""
AGAIN: Final = {
    "again": names(
        "same,the same,same one,same again,same thing,that one,yes,yep,yeah,yes please,ok,okay,"
        "sure,lo mismo,la misma,igual,si,bueno,vale,dale,esta bien"
    ),
    **INSTEAD,
}
STILL: Final = {**INSTEAD, **FEELINGS}
DOING: Final = {
    "done": names(
        "did it,i did it,i did,i tried it,i tried,tried it,tried,finished,yes,yep,yeah,yes i did,"
        "si,ya,listo,lista,ya lo hice,lo hice,ya termine,si lo hice,lo intente"
    ),
    "going": names(
        "ok,okay,okey,k,alright,sure,i will,ill try,i will try,ill try it,will do,on it,doing it,"
        "thanks,thank you,ty,ok thanks,ok thank you,bueno,vale,va,dale,esta bien,voy,ahi voy,"
        "lo intento,voy a intentar,gracias,muchas gracias,ok gracias"
    ),
    **STILL,
}
TRIGGER: Final = {
    "people": names(
        "people,person,a person,friend,friends,my ex,ex,a fight,fight,argument,family,my family,"
        "gente,una persona,amigos,mi ex,una pelea,pelea,discusion,familia,mi familia"
    ),
    "place": names("place,bar,the bar,store,party,lugar,bar,fiesta,tienda"),
    "feeling": names(
        "feeling,feelings,stress,stressed,sad,angry,mad,anxious,anxiety,lonely,tired,depressed,"
        "estres,estresada,estresado,triste,enojada,enojado,ansiedad,ansiosa,ansioso,soledad"
    ),
    "money": names("money,payday,pay,got paid,i got paid,dinero,paga,dia de pago,me pagaron"),
    "body": names("pain,in pain,hurts,sick,body,dolor,me duele,cuerpo"),
    "bored": names("bored,boredom,nothing to do,aburrida,aburrido,aburrimiento"),
    "unsure": names(
        "idk,dont know,i dont know,dunno,no idea,nothing,no se,nose,yo no se,ni idea,nada"
    ),
}
PLACE: Final = {
    "home": names("home,house,my house,bed,my room,casa,mi casa,cama,mi cuarto"),
    "work": names("work,job,my job,trabajo,chamba"),
    "out": names("out,outside,street,bar,store,party,afuera,fuera,calle,fiesta,tienda"),
    "moving": names(
        "moving,car,my car,bus,train,driving,walking,on my way,carro,coche,camion,manejando,"
        "caminando,camino,de camino"
    ),
}
RELATION: Final = {
    "friend": names("friend,my friend,best friend,amigo,amiga,mi amigo,mi amiga,amistad"),
    "family": names(
        "mom,my mom,mother,dad,father,sister,brother,wife,husband,partner,son,daughter,cousin,aunt,"
        "uncle,grandma,girlfriend,boyfriend,mama,mi mama,papa,mi papa,hermana,mi hermana,hermano,"
        "mi hermano,esposa,esposo,pareja,hijo,hija,prima,primo,tia,tio,abuela,novia,novio"
    ),
    "peer": names("in recovery,recovery,from group,from meetings,en recuperacion,del grupo"),
    "other": names("other,somebody else,someone,otra persona,otro,alguien"),
}
WAS_THERE: Final = {
    "alone": names("alone,by myself,nobody,no one,on my own,me,sola,solo,nadie"),
    "friends": names("friend,friends,amigo,amiga,amigos,amigas,amistades"),
    "partner": names(
        "partner,wife,husband,girlfriend,boyfriend,pareja,esposa,esposo,marido,novia,novio"
    ),
    "family": names("family,kids,mom,dad,sister,brother,familia,hijos,mama,papa,hermana,hermano"),
    "others": names("others,other people,people,coworkers,strangers,otros,otras personas,gente"),
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
AHEAD: Final = {
    "ok": HOW_IT_IS["ok"] | names("same,so far so good,igual,hasta ahora bien"),
    "try": HOW_IT_IS["rough"] | INSTEAD["other"],
    "talk": INSTEAD["person"],
}
WHICH_HALF: Final = {
    "both": names("both,both of them,the two,los dos,ambos,ambas"),
    "morning": names("morning,mornings,manana,mananas,por manana"),
    "evening": names("evening,evenings,night,nights,noche,noches,tarde,por noche"),
    "neither": names("neither,none,ninguno,nada"),
}
EASIER: Final = {
    "easier": names("easier,better,good,less,mas facil,mejor,facil,menos"),
    "same": names("same,no change,about same,igual,mismo,lo mismo"),
    "harder": names("harder,worse,bad,hard,rough,not good,mas dificil,peor,mal,dificil"),
}
CHECKUP: Final = {
    "bam_iop": names("last week,my week,the week,ultima semana,la semana"),
    "phq2": names("mood,depression,animo,depresion,mi estado de animo"),
    "gad2": names("worries,worry,anxiety,preocupaciones,preocupacion,ansiedad"),
    "craving": names("the urges,las ganas"),
}
COUNT: Final = {
    "since": names("since,since a day,a day,a date,days since,desde una fecha,desde,una fecha"),
    "year": names("year,this year,days this year,ano,este ano,dias de este ano"),
    "none": names("none,nothing,no count,dont count,nada,ninguno,sin contar,sin cuenta"),
}
GOES_ON: Final = {
    "year": names("year,this year,ano,este ano"),
    "restart": names(
        "restart,start over,start again,reset,new,new count,from zero,reiniciar,empezar de nuevo,"
        "empezar otra vez,de nuevo,nueva,nueva cuenta,desde cero"
    ),
    "leave": names("keep,keep it,keep going,same,the same,igual,seguir,seguir igual,mantener"),
}
MISSED: Final = {
    "forgot": names("forgot,forgot it,i forgot it,se me olvido,olvide,lo olvide,la olvide"),
    "effects": names(
        "sick,felt sick,felt bad,it made me sick,makes me sick,made me sick,nausea,threw up,"
        "throwing up,mal,me cayo mal,me cae mal,me hizo mal,nauseas,vomite"
    ),
    "out": names(
        "out,im out,none left,i have none left,ran out of it,i ran out,no more,no more left,"
        "se acabo,se me acabo,se me acabaron,ya no hay,ya no tengo"
    ),
    "unwanted": names(
        "dont want it,i dont want to,dont want to,i dont need it,no quiero,no la quiero,"
        "no lo quiero"
    ),
}
"""What gets in the way of a medicine."""
NALOXONE: Final = {
    "yes": names(
        "yes,yep,yeah,y,yes i do,i do,i have,i have it,i have some,got it,si,si tengo,tengo,"
        "si la tengo,la tengo,claro"
    ),
    "none": names(
        "no,n,nope,nah,no i dont,i dont,i dont have it,i dont have any,dont have it,i dont have,"
        "none,no tengo,no la tengo,no lo tengo,todavia no,aun no"
    ),
}
PATHS: Final = {
    "12step": names("aa,na,ca,12 step,12 steps,twelve steps,twelve step,12 pasos,doce pasos,chip"),
    "smart": names("smart,smart recovery"),
    "both": names("both,both of them,los dos,ambos,las dos"),
    "none": names("neither,none of them,ninguno,ninguna,mine,own"),
}
