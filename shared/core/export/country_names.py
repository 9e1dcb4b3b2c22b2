"""Countries as exports write them: ISO 3166 codes of two and three letters, and names.

Called by `fields`. English names for every region that has telephone numbers; for the countries that European HR
exports name most, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Swedish, Norwegian and Danish too.
"""

from __future__ import annotations

from shared.core.values.cell import folded

_NAMES = """
AC ASC Ascension Island
AD AND Andorra, Andorre
AE ARE United Arab Emirates, UAE, Vereinigte Arabische Emirate, Émirats arabes unis, Emiratos Árabes Unidos, \
Emirati Arabi Uniti, Verenigde Arabische Emiraten, Emirados Árabes Unidos, Zjednoczone Emiraty Arabskie, \
Förenade Arabemiraten, De forente arabiske emirater, De Forenede Arabiske Emirater
AF AFG Afghanistan
AG ATG Antigua and Barbuda, Antigua & Barbuda
AI AIA Anguilla
AL ALB Albania, Albanien, Albanie, Albanië, Albânia
AM ARM Armenia
AO AGO Angola
AR ARG Argentina, Argentinien, Argentine, Argentinië, Argentyna
AS ASM American Samoa
AT AUT Austria, Österreich, Oesterreich, Autriche, Oostenrijk, Áustria, Österrike, Østerrike, Østrig
AU AUS Australia, Australien, Australie, Australië, Austrália
AW ABW Aruba
AX ALA Åland, Åland Islands
AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina, Bosnia & Herzegovina, Bosnien und Herzegowina, Bosnie-Herzégovine, Bośnia i Hercegowina
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium, Belgien, Belgique, Bélgica, Belgio, België, Belgia
BF BFA Burkina Faso
BG BGR Bulgaria, Bulgarien, Bulgarie, Bulgarije, Bulgária, Bułgaria
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin, Bénin
BL BLM Saint Barthélemy, St. Barthélemy
BM BMU Bermuda
BN BRN Brunei, Brunei Darussalam
BO BOL Bolivia
BQ BES Caribbean Netherlands, Bonaire
BR BRA Brazil, Brasilien, Brésil, Brasil, Brasile, Brazilië, Brazylia
BS BHS Bahamas
BT BTN Bhutan
BW BWA Botswana
BY BLR Belarus, Weißrussland, Biélorussie, Bielorrusia, Bielorussia, Wit-Rusland, Bielorrússia, Białoruś, Hviterussland
BZ BLZ Belize
CA CAN Canada, Kanada, Canadá
CC CCK Cocos Islands, Cocos (Keeling) Islands
CD COD Democratic Republic of the Congo, Congo (DRC), DR Congo, Congo - Kinshasa
CF CAF Central African Republic
CG COG Congo, Republic of the Congo, Congo - Brazzaville
CH CHE Switzerland, Schweiz, Suisse, Suiza, Svizzera, Zwitserland, Suíça, Szwajcaria, Sveits
CI CIV Côte d'Ivoire, Ivory Coast, Elfenbeinküste
CK COK Cook Islands
CL CHL Chile, Chili, Cile
CM CMR Cameroon, Cameroun, Kamerun
CN CHN China, People's Republic of China, Chine, Cina, Chiny, Kina
CO COL Colombia, Kolumbien, Colombie, Colômbia, Kolumbia
CR CRI Costa Rica
CU CUB Cuba
CV CPV Cabo Verde, Cape Verde
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus, Zypern, Chypre, Chipre, Cipro, Cypr, Cypern, Kypros
CZ CZE Czechia, Czech Republic, Tschechien, Tschechische Republik, Tchéquie, Tchéquia, République tchèque, Chequia, \
República Checa, Cechia, Repubblica Ceca, Tsjechië, Chéquia, Czechy, Tjeckien, Tsjekkia, Tjekkiet
DE DEU Germany, Deutschland, Allemagne, Alemania, Germania, Duitsland, Alemanha, Niemcy, Tyskland
DJ DJI Djibouti
DK DNK Denmark, Dänemark, Daenemark, Danemark, Dinamarca, Danimarca, Denemarken, Dania, Danmark
DM DMA Dominica
DO DOM Dominican Republic
DZ DZA Algeria, Algerien, Algérie, Argelia
EC ECU Ecuador
EE EST Estonia, Estland, Estonie, Estónia, Estônia
EG EGY Egypt, Ägypten, Égypte, Egipto, Egitto, Egypte, Egito, Egipt, Egypten
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain, Spanien, Espagne, España, Spagna, Spanje, Espanha, Hiszpania, Spania
ET ETH Ethiopia
FI FIN Finland, Finnland, Finlande, Finlandia, Finlândia
FJ FJI Fiji
FK FLK Falkland Islands
FM FSM Micronesia
FO FRO Faroe Islands, Färöarna, Færøyene, Færøerne
FR FRA France, Frankreich, Francia, Frankrijk, França, Francja, Frankrike, Frankrig
GA GAB Gabon
GB GBR United Kingdom, UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, \
Vereinigtes Königreich, Vereinigtes Koenigreich, Großbritannien, Royaume-Uni, Grande-Bretagne, Reino Unido, \
Gran Bretaña, Regno Unito, Gran Bretagna, Verenigd Koninkrijk, Groot-Brittannië, Wielka Brytania, \
Zjednoczone Królestwo, Storbritannien, Förenade kungariket, Storbritannia
GD GRD Grenada
GE GEO Georgia
GF GUF French Guiana
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland, Grønland
GM GMB Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece, Griechenland, Grèce, Grecia, Griekenland, Grécia, Grecja, Grekland, Hellas, Grækenland
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong, Hong Kong SAR, Hongkong
HN HND Honduras
HR HRV Croatia, Kroatien, Croatie, Croacia, Croazia, Kroatië, Croácia, Chorwacja, Kroatia
HT HTI Haiti
HU HUN Hungary, Ungarn, Hongrie, Hungría, Ungheria, Hongarije, Hungria, Węgry, Ungern
ID IDN Indonesia, Indonesien, Indonésie, Indonesië, Indonésia, Indonezja
IE IRL Ireland, Republic of Ireland, Irland, Irlande, Irlanda, Ierland, Irlandia
IL ISR Israel, Israël, Israele, Izrael
IM IMN Isle of Man
IN IND India, Indien, Inde, Índia, Indie
IO IOT British Indian Ocean Territory
IQ IRQ Iraq
IR IRN Iran
IS ISL Iceland, Island, Islande, Islandia, Islanda, IJsland, Islândia
IT ITA Italy, Italien, Italie, Italia, Italië, Itália, Włochy
JE JEY Jersey
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan, Japon, Japón, Giappone, Japão, Japonia
KE KEN Kenya
KG KGZ Kyrgyzstan
KH KHM Cambodia
KI KIR Kiribati
KM COM Comoros
KN KNA Saint Kitts and Nevis, St. Kitts & Nevis
KP PRK North Korea
KR KOR South Korea, Korea, Republic of Korea, Südkorea, Corée du Sud, Corea del Sur, Corea del Sud, Zuid-Korea, \
Coreia do Sul, Korea Południowa, Sydkorea, Sør-Korea
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan, Kasachstan, Kazachstan
LA LAO Laos
LB LBN Lebanon, Libanon, Liban
LC LCA Saint Lucia, St. Lucia
LI LIE Liechtenstein, Listenstaine
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania, Litauen, Lituanie, Lituania, Litouwen, Lituânia, Litwa
LU LUX Luxembourg, Luxemburg, Luxemburgo, Lussemburgo, Luksemburg
LV LVA Latvia, Lettland, Lettonie, Letonia, Lettonia, Letland, Letónia, Letônia, Łotwa, Latvia
LY LBY Libya
MA MAR Morocco, Marokko, Maroc, Marruecos, Marocco, Marrocos, Maroko, Marocko
MC MCO Monaco, Mónaco
MD MDA Moldova, Republic of Moldova
ME MNE Montenegro
MF MAF Saint Martin, St. Martin
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD North Macedonia, Macedonia, Nordmazedonien, Macédoine du Nord
ML MLI Mali
MM MMR Myanmar, Burma
MN MNG Mongolia
MO MAC Macao, Macau
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta, Malte
MU MUS Mauritius
MV MDV Maldives
MW MWI Malawi
MX MEX Mexico, Mexiko, Mexique, México, Messico, Meksyk
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands, The Netherlands, Holland, Nederland, Niederlande, Pays-Bas, Países Bajos, Paesi Bassi, \
Países Baixos, Holandia, Niderlandy, Nederländerna, Nederlandene, Nederland, Holanda, Olanda
NO NOR Norway, Norwegen, Norvège, Noruega, Norvegia, Noorwegen, Norwegia, Norge
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand, Neuseeland, Nouvelle-Zélande, Nueva Zelanda, Nuova Zelanda, Nieuw-Zeeland, Nova Zelândia, \
Nowa Zelandia, Nya Zeeland
OM OMN Oman
PA PAN Panama
PE PER Peru, Pérou, Perú
PF PYF French Polynesia
PG PNG Papua New Guinea
PH PHL Philippines, Philippinen, Filipinas, Filippine, Filipijnen, Filipiny, Filippinerna
PK PAK Pakistan
PL POL Poland, Polen, Pologne, Polonia, Polónia, Polônia, Polska
PM SPM Saint Pierre and Miquelon
PR PRI Puerto Rico
PS PSE Palestine, Palestinian Authority, Palestinian Territories
PT PRT Portugal, Portogallo, Portugalia
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar, Katar
RE REU Réunion
RO ROU Romania, Rumänien, Rumaenien, Roumanie, Rumania, Roemenië, Roménia, Romênia, Rumunia
RS SRB Serbia, Serbien, Serbie, Servië, Sérvia
RU RUS Russia, Russian Federation, Russland, Russie, Rusia, Rusland, Rússia, Rosja, Ryssland
RW RWA Rwanda
SA SAU Saudi Arabia, Saudi-Arabien, Arabie saoudite, Arabia Saudí, Arabia Saudita, Saoedi-Arabië, Arábia Saudita, \
Arabia Saudyjska
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden, Schweden, Suède, Suecia, Svezia, Zweden, Suécia, Szwecja, Sverige
SG SGP Singapore, Singapur, Singapour, Singapura
SH SHN Saint Helena, St. Helena
SI SVN Slovenia, Slowenien, Slovénie, Eslovenia, Slovenië, Eslovénia, Eslovênia, Słowenia, Slovenien
SJ SJM Svalbard and Jan Mayen
SK SVK Slovakia, Slovak Republic, Slowakei, Slovaquie, Eslovaquia, Slovacchia, Slowakije, Eslováquia, Słowacja, \
Slovakien, Slovakiet
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal, Sénégal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan
ST STP São Tomé and Príncipe
SV SLV El Salvador
SX SXM Sint Maarten
SY SYR Syria
SZ SWZ Eswatini, Swaziland
TA TAA Tristan da Cunha
TC TCA Turks and Caicos Islands, Turks & Caicos Islands
TD TCD Chad
TG TGO Togo
TH THA Thailand, Thaïlande, Tailandia, Tailândia, Tajlandia
TJ TJK Tajikistan
TK TKL Tokelau
TL TLS Timor-Leste
TM TKM Turkmenistan
TN TUN Tunisia, Tunesien, Tunisie, Túnez, Tunesië, Tunísia, Tunezja, Tunisien
TO TON Tonga
TR TUR Türkiye, Turkey, Türkei, Tuerkei, Turquie, Turquía, Turchia, Turkije, Turquia, Turcja, Turkiet, Tyrkia, Tyrkiet
TT TTO Trinidad and Tobago, Trinidad & Tobago
TV TUV Tuvalu
TW TWN Taiwan
TZ TZA Tanzania
UA UKR Ukraine, Ucrania, Ucraina, Oekraïne, Ucrânia, Ukraina
UG UGA Uganda
US USA United States, United States of America, Vereinigte Staaten, États-Unis, Estados Unidos, EE. UU., EEUU, \
Stati Uniti, Verenigde Staten, Stany Zjednoczone, Förenta staterna, De forente stater, De Forenede Stater
UY URY Uruguay
UZ UZB Uzbekistan
VA VAT Vatican City, Holy See
VC VCT Saint Vincent and the Grenadines, St. Vincent & Grenadines
VE VEN Venezuela
VG VGB British Virgin Islands
VI VIR U.S. Virgin Islands, US Virgin Islands
VN VNM Vietnam, Viet Nam, Vietname, Vietnã, Wietnam
VU VUT Vanuatu
WF WLF Wallis and Futuna
WS WSM Samoa
XK XKX Kosovo
YE YEM Yemen
YT MYT Mayotte
ZA ZAF South Africa, Südafrika, Suedafrika, Afrique du Sud, Sudáfrica, Sudafrica, Zuid-Afrika, África do Sul, \
Republika Południowej Afryki, Sydafrika, Sør-Afrika
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""


def _regions_by_name(lines: str) -> dict[str, str]:
    regions: dict[str, str] = {}
    for line in lines.strip().splitlines():
        region, three_letters, names = line.split(" ", maxsplit=2)
        for name in (region, three_letters, *names.split(", ")):
            regions[folded(name)] = region
    return regions


REGION_BY_NAME = _regions_by_name(_NAMES)
"""Folded code or name -> ISO 3166 alpha-2 (and XK, as Entra ID and the numbering plan spell Kosovo)."""
