"""Mail providers, and the domains that look like a mistyped one.

A reset code that is sent to a mistyped domain reaches the owner of that domain, and such domains are registered for
that purpose. So an e-mail address is refused if its domain is that of no known provider, and is one letter away from a
big provider's, has a name that only a provider uses and is no sub-domain of another domain, or has a top-level domain
that does not exist and looks like a mistyped `com`, `net` or `org`.
"""

from __future__ import annotations

from functools import lru_cache

from shared.core.values.typing_mistakes import typing_mistakes

BIG_PROVIDERS = """
gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.pt outlook.dk outlook.ie
outlook.jp outlook.kr outlook.sa outlook.in outlook.be outlook.at outlook.cl outlook.cz outlook.hu outlook.sk
outlook.com.br outlook.com.ar outlook.com.au outlook.com.tr outlook.com.gr outlook.co.id outlook.co.th hotmail.com
hotmail.de hotmail.fr hotmail.es hotmail.it hotmail.nl hotmail.be hotmail.ch hotmail.se hotmail.no hotmail.dk
hotmail.fi hotmail.gr hotmail.cz hotmail.hu hotmail.pt hotmail.ca hotmail.jp hotmail.co.uk hotmail.co.jp
hotmail.co.il hotmail.com.br hotmail.com.ar hotmail.com.au hotmail.com.tr live.com live.de live.fr live.it live.nl
live.be live.at live.se live.no live.dk live.ca live.ie live.co.uk live.com.au live.com.mx live.com.pt msn.com
yahoo.com yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.nl yahoo.be yahoo.se yahoo.no yahoo.dk yahoo.pl yahoo.gr yahoo.ro
yahoo.cz yahoo.hu yahoo.at yahoo.ie yahoo.in yahoo.ca yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.co.id yahoo.co.kr
yahoo.co.za yahoo.co.nz yahoo.co.th yahoo.co.il yahoo.com.br yahoo.com.ar yahoo.com.mx yahoo.com.au yahoo.com.tr
yahoo.com.cn yahoo.com.hk yahoo.com.tw yahoo.com.sg yahoo.com.ph yahoo.com.vn yahoo.com.my yahoo.com.co icloud.com
me.com aol.com aol.de proton.me protonmail.com gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.fr gmx.es gmx.co.uk gmx.us
web.de t-online.de freenet.de orange.fr free.fr wanadoo.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it
alice.it wp.pl onet.pl interia.pl o2.pl seznam.cz email.cz centrum.cz freemail.hu citromail.hu mail.ru yandex.ru
yandex.com rambler.ru ukr.net qq.com 163.com 126.com sina.com foxmail.com naver.com hanmail.net daum.net docomo.ne.jp
ezweb.ne.jp softbank.ne.jp uol.com.br bol.com.br terra.com.br rediffmail.com btinternet.com comcast.net verizon.net
ziggo.nl kpnmail.nl telenet.be skynet.be bluewin.ch sapo.pt walla.co.il
virginmedia.com bigpond.com
"""
"""Domains of providers that many people use, and therefore mistype."""

OTHER_PROVIDERS = """
mail.com email.com ymail.com rocketmail.com mac.com aim.com love.com q.com cox.net att.net sbcglobal.net charter.net
bellsouth.net earthlink.net juno.com hey.com fastmail.com fastmail.fm zoho.com hushmail.com inbox.com lycos.com
usa.com pm.me tutanota.com tuta.io tuta.com posteo.de mailbox.org arcor.de mail.de email.de gmx.eu gmx.info gmx.org
gmx.li online.de vodafone.de unitybox.de 1und1.de ok.de outlook.ph outlook.my outlook.sg outlook.lv outlook.co.il
neuf.fr bbox.fr numericable.fr mail.fr caramail.fr email.it tin.it tim.it inwind.it iol.it iol.pt pec.it aruba.it
fastwebnet.it hetnet.nl planet.nl home.nl xs4all.nl upcmail.nl chello.nl casema.nl quicknet.nl zeelandnet.nl
proximus.be scarlet.be hispeed.ch sunrise.ch aon.at a1.net chello.at vp.pl op.pl poczta.pl poczta.fm
poczta.onet.pl onet.eu gazeta.pl tlen.pl post.cz atlas.cz volny.cz t-online.hu telia.com online.no tdc.dk mail.dk
jubii.dk ofir.dk spray.se comhem.se bredband.net kolumbus.fi luukku.com suomi24.fi elisanet.fi mail.ee inbox.lv
inbox.ru list.ru bk.ru internet.ru ya.ru yandex.by yandex.kz yandex.ua i.ua meta.ua bigmir.net mail.ua abv.bg mail.bg
otenet.gr in.gr mynet.com windowslive.com passport.com walla.com netvision.net.il 139.com 189.cn 188.com yeah.net
sohu.com sina.cn 21cn.com vip.qq.com vip.163.com aliyun.com nate.com hanmail.com korea.com nifty.com au.com
i.softbank.jp live.cn live.cl hotmail.rs
ocn.ne.jp ig.com.br globo.com globomail.com optusnet.com.au xtra.co.nz shaw.ca rogers.com bell.net
sympatico.ca telus.net videotron.ca sky.com talktalk.net blueyonder.co.uk ntlworld.com eircom.net
telefonica.net movistar.es terra.es ono.com mail.pt clix.pt netcabo.pt prodigy.net.mx mai.ru
"""
"""Domains of other providers, some of which are one letter away from a big provider's."""

_BIG = tuple(BIG_PROVIDERS.split())
_KNOWN = frozenset(_BIG) | frozenset(OTHER_PROVIDERS.split())
_ONLY_PROVIDERS = {
    "gmail": "gmail.com",
    "googlemail": "googlemail.com",
    "hotmail": "hotmail.com",
    "outlook": "outlook.com",
    "yahoo": "yahoo.com",
    "icloud": "icloud.com",
    "protonmail": "protonmail.com",
}
"""Names that only the provider uses. With an ending that no provider has, the domain belongs to somebody else."""

_MISTYPED_ENDINGS = {
    **dict.fromkeys(("con", "cmo", "ocm", "vom", "xom", "comm", "coom", "ccom", "cim", "cpm"), "com"),
    **dict.fromkeys(("nte", "nett", "ner", "het", "met"), "net"),
    **dict.fromkeys(("ogr", "orgg", "prg"), "org"),
}
"""Endings that do not exist. Source: IANA's list of top-level domains."""
_REGISTRIES = frozenset(
    {"ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "ne", "net", "nom", "or", "org", *_MISTYPED_ENDINGS}
)
"""What stands before a country's ending where names are registered below it, such as `co` in `co.uk`, also mistyped."""


@lru_cache(maxsize=4096)
def likely_domains(domain: str) -> tuple[str, ...]:
    """The domains of which `domain` may be a misspelling; () = it does not look like one."""
    typed = domain.casefold()
    if typed in _KNOWN:
        return ()
    near = tuple(big for big in _BIG if _is_one_mistake(typed, big))
    if near:
        return near
    name, _, ending = typed.rpartition(".")
    provider, _, endings = typed.partition(".")
    if provider in _ONLY_PROVIDERS and _REGISTRIES.issuperset(endings.split(".")[:-1]):
        return (_ONLY_PROVIDERS[provider],)
    return (f"{name}.{_MISTYPED_ENDINGS[ending]}",) if ending in _MISTYPED_ENDINGS else ()


def _is_one_mistake(one: str, other: str) -> bool:
    return abs(len(one) - len(other)) <= 1 and typing_mistakes(one, other) == 1
