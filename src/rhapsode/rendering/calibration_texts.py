# ruff: noqa: RUF001 -- letters of other scripts are meant
"""What a voice says when its loudness is measured: a short story in its language, of the usual mixture of sounds."""

from collections.abc import Mapping
from types import MappingProxyType

_TEXTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "The lamp on the headland was lit a little before dusk, as it had been every evening since the harbour"
            " was built.",
            "Nobody in the village could remember a night without it. Fishermen steered by it, children fell asleep"
            " by it, and on clear evenings it could be seen from the far side of the bay.",
            "Has anyone asked the keeper? said the oldest of them. He will know what to do, and if he doesn't, he"
            " will at least have a kettle on the fire.",
        ),
        "de": (
            "Die Lampe auf der Landzunge wurde kurz vor der Dämmerung angezündet, wie an jedem Abend, seit es den"
            " Hafen gab.",
            "Niemand im Dorf konnte sich an eine Nacht ohne sie erinnern. Die Fischer steuerten nach ihr, die Kinder"
            " schliefen bei ihr ein, und an klaren Abenden sah man sie von der anderen Seite der Bucht.",
            "Hat jemand den Wärter gefragt? sagte der Älteste. Er weiß, was zu tun ist, und wenn nicht, so steht bei"
            " ihm wenigstens ein Kessel auf dem Feuer.",
        ),
        "fr": (
            "La lampe du cap fut allumée un peu avant la nuit, comme chaque soir depuis que le port existait.",
            "Personne au village ne se souvenait d'une nuit sans elle. Les pêcheurs se guidaient sur elle, les"
            " enfants s'endormaient à sa lueur, et par temps clair on la voyait de l'autre côté de la baie.",
            "Quelqu'un a-t-il demandé au gardien ? dit le plus vieux. Il saura que faire, et sinon, il aura au moins"
            " une bouilloire sur le feu.",
        ),
        "es": (
            "La lámpara del cabo se encendió un poco antes del anochecer, como todas las noches desde que se"
            " construyó el puerto.",
            "Nadie en el pueblo recordaba una noche sin ella. Los pescadores se guiaban por ella, los niños se"
            " dormían con su luz, y en las tardes claras se veía desde el otro lado de la bahía.",
            "¿Alguien ha preguntado al farero? dijo el más viejo. Él sabrá qué hacer, y si no, al menos tendrá una"
            " tetera en el fuego.",
        ),
        "it": (
            "La lampada sul promontorio fu accesa poco prima del tramonto, come ogni sera da quando c'era il porto.",
            "Nessuno in paese ricordava una notte senza di lei. I pescatori la seguivano, i bambini si addormentavano"
            " alla sua luce, e nelle sere chiare si vedeva dall'altra parte della baia.",
            "Qualcuno ha chiesto al guardiano? disse il più vecchio. Lui saprà cosa fare, e se no, avrà almeno un"
            " bollitore sul fuoco.",
        ),
        "pt": (
            "A lâmpada do cabo foi acesa um pouco antes do anoitecer, como todas as noites desde que havia o porto.",
            "Ninguém na aldeia se lembrava de uma noite sem ela. Os pescadores guiavam-se por ela, as crianças"
            " adormeciam com a sua luz, e nas noites claras via-se do outro lado da baía.",
            "Alguém perguntou ao faroleiro? disse o mais velho. Ele há de saber o que fazer, e se não souber, terá"
            " pelo menos uma chaleira ao lume.",
        ),
        "nl": (
            "De lamp op de landtong werd kort voor de schemering aangestoken, zoals elke avond sinds de"
            " haven er was.",
            "Niemand in het dorp kon zich een nacht zonder haar herinneren. De vissers stuurden op haar licht en de"
            " kinderen vielen erbij in slaap.",
            "Heeft iemand het aan de wachter gevraagd? zei de oudste. Hij weet wel wat we moeten doen.",
        ),
        "sv": (
            "Lampan på udden tändes strax före skymningen, som varje kväll sedan hamnen byggdes.",
            "Ingen i byn kunde minnas en natt utan den. Fiskarna styrde efter den och barnen somnade i dess sken.",
            "Har någon frågat fyrvaktaren? sade den äldste. Han vet nog vad vi ska göra.",
        ),
        "da": (
            "Lampen på odden blev tændt lidt før skumringen, som hver aften siden havnen blev bygget.",
            "Ingen i landsbyen kunne huske en nat uden den. Fiskerne styrede efter den, og børnene faldt i søvn ved"
            " dens skær.",
            "Har nogen spurgt fyrmesteren? sagde den ældste. Han ved nok, hvad vi skal gøre.",
        ),
        "nb": (
            "Lampen på odden ble tent litt før skumringen, som hver kveld siden havnen ble bygd.",
            "Ingen i bygda kunne huske en natt uten den. Fiskerne styrte etter den, og barna sovnet i lyset fra den.",
            "Har noen spurt fyrvokteren? sa den eldste. Han vet nok hva vi skal gjøre.",
        ),
        "fi": (
            "Niemen lamppu sytytettiin vähän ennen hämärää, niin kuin joka ilta siitä lähtien kun satama"
            " rakennettiin.",
            "Kukaan kylässä ei muistanut yötä ilman sitä. Kalastajat ohjasivat sen mukaan, ja lapset nukahtivat sen"
            " valossa.",
            "Onko kukaan kysynyt vartijalta? sanoi vanhin heistä. Hän kyllä tietää, mitä pitää tehdä.",
        ),
        "pl": (
            "Lampę na cyplu zapalono tuż przed zmierzchem, jak co wieczór, odkąd zbudowano port.",
            "Nikt we wsi nie pamiętał nocy bez niej. Rybacy płynęli za jej światłem, a dzieci przy niej zasypiały.",
            "Czy ktoś zapytał latarnika? powiedział najstarszy. On będzie wiedział, co robić.",
        ),
        "cs": (
            "Lampa na mysu se rozsvítila krátce před soumrakem, jako každý večer od té doby, co tu byl přístav.",
            "Nikdo ve vsi si nepamatoval noc bez ní. Rybáři se podle ní řídili a děti při ní usínaly.",
            "Ptal se někdo strážce? řekl nejstarší z nich. Ten bude vědět, co máme dělat.",
        ),
        "ru": (
            "Лампу на мысу зажгли незадолго до сумерек, как каждый вечер с тех пор, как построили гавань.",
            "Никто в деревне не помнил ночи без неё. По ней правили рыбаки, при её свете засыпали дети.",
            "Кто-нибудь спросил смотрителя? сказал самый старый из них. Он знает, что делать.",
        ),
        "uk": (
            "Лампу на мисі запалили незадовго до сутінків, як щовечора відтоді, як збудували гавань.",
            "Ніхто в селі не пам'ятав ночі без неї. За нею правили рибалки, при її світлі засинали діти.",
            "Хтось питав доглядача? сказав найстарший з них. Він знає, що робити.",
        ),
        "el": (
            "Η λάμπα στο ακρωτήρι άναψε λίγο πριν το σούρουπο, όπως κάθε βράδυ από τότε που χτίστηκε το λιμάνι.",
            "Κανείς στο χωριό δεν θυμόταν νύχτα χωρίς αυτήν. Οι ψαράδες την ακολουθούσαν και τα παιδιά κοιμόνταν στο"
            " φως της.",
            "Ρώτησε κανείς τον φύλακα; είπε ο πιο γέρος. Εκείνος θα ξέρει τι να κάνουμε.",
        ),
        "tr": (
            "Burundaki lamba, liman kurulduğundan beri her akşam olduğu gibi, karanlıktan biraz önce yakıldı.",
            "Köyde kimse onsuz bir gece hatırlamıyordu. Balıkçılar yolunu onunla bulur, çocuklar onun ışığında"
            " uyurdu.",
            "Bekçiye soran oldu mu? dedi en yaşlıları. Ne yapılacağını o bilir.",
        ),
        "zh": (
            "天黑之前，岬角上的灯点亮了。自从有了港口，每天晚上都是这样。",
            "村里没有人记得没有灯的夜晚。渔夫靠它掌舵，孩子们在灯光下入睡。",
            "有人问过守灯的人吗？最老的那个人说。他会知道该怎么办。",
        ),
        "hi": (
            "शाम होने से कुछ पहले टापू पर दीपक जलाया गया, जैसे बंदरगाह बनने के बाद से हर शाम जलाया जाता था।",
            "गाँव में किसी को ऐसी रात याद नहीं थी जब वह न जला हो। मछुआरे उसी को देखकर नाव चलाते थे।",
            "क्या किसी ने रखवाले से पूछा? सबसे बूढ़े ने कहा। वह जानता होगा कि क्या करना है।",
        ),
    }
)


def calibration_paragraphs(language: str) -> tuple[str, ...]:
    """Three paragraphs in a language, named by its BCP 47 tag.

    Others read the English ones: as espeak reads them, that is within 1.1 dB of a text of their own.
    """
    return _TEXTS.get(language.split("-")[0].lower(), _TEXTS["en"])
