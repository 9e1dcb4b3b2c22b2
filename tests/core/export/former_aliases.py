"""The headers that version 0.1.0 knew, which are still understood as it understood them."""

from __future__ import annotations

from shared.core.export.fields import Field
from shared.core.values.cell import folded

_HEADERS: dict[Field, str] = {
    Field.OBJECT_ID: """
        objectId, aadObjectId, azureAdObjectId, azureObjectId, entraObjectId, entraId, entraIdObjectId, userObjectId,
        Objekt-ID, id d'objet, id de objeto, id del objeto, id oggetto, ID obiektu, objektid, objekt-id
    """,
    Field.USER_PRINCIPAL_NAME: """
        userPrincipalName, UPN, user principal, principal name, sign-in name, User name [userPrincipalName] Required,
        entra UPN, azure AD UPN, aad upn, Benutzerprinzipalname, nom d'utilisateur principal, nom principal,
        nom principal d'utilisateur, nom d'utilisateur principal (UPN), nombre principal de usuario,
        nombre principal del usuario, nome principale utente, nome dell'entità utente, principal-naam,
        principal-naam van gebruiker, gebruikersprincipal-naam, nome principal do usuário, nome principal do utilizador,
        główna nazwa użytkownika, nazwa główna użytkownika, användarens huvudnamn, användarhuvudnamn,
        brukerhovednavn, brukerens hovednavn, brugerhovednavn, brugerens hovednavn, brugerens principalnavn
    """,
    Field.EMPLOYEE_ID: """
        employeeId, employee number, employee no, employee code, emp id, emp no, personnel number, personnel no,
        personnel id, staff id, staff number, staff no, worker id, worker number, associate id, payroll number,
        payroll id, Personalnummer, Personal-Nr., Pers.-Nr., PERNR, Mitarbeiter-ID, Mitarbeiternummer, Mitarbeiter-Nr.,
        matricule, numéro matricule, numéro de matricule, numéro employé, numéro d'employé, id employé,
        identifiant employé, número empleado, número de empleado, id empleado, id de empleado, código empleado,
        código de empleado, matricola, numero matricola, numero di matricola, id dipendente, codice dipendente,
        numero dipendente, personeelsnummer, personeelsnr, medewerkernummer, medewerkersnummer, medewerker-nr,
        medewerker-id, werknemersnummer, werknemernummer, werknemer-id, matrícula, número de matrícula,
        número de funcionário, número do funcionário, id do funcionário, id funcionário, número de colaborador,
        número do colaborador, id colaborador, número do empregado, numer pracownika, nr pracownika, id pracownika,
        numer kadrowy, numer ewidencyjny, anställningsnummer, anställnings-id, anställningsnr, anst.nr, ansattnummer,
        ansatt-id, ansattnr, medarbejdernummer, medarbejder-id, medarbejdernr, lønnummer, lønnr
    """,
    Field.MAIL: """
        mail, email, e-mail address, mail address, email id, work email, business email, company email,
        corporate email, primary email, office email, primary smtp address, E-Mail-Adresse, Mailadresse,
        geschäftliche E-Mail, geschaeftliche E-Mail, dienstliche E-Mail, Firmen-E-Mail, courriel, adresse e-mail,
        adresse mail, adresse de messagerie, adresse électronique, courrier électronique, e-mail professionnel,
        adresse e-mail professionnelle, mél, correo, correo electrónico, dirección de correo,
        dirección de correo electrónico, correo de trabajo, correo corporativo, email corporativo, posta elettronica,
        indirizzo e-mail, indirizzo mail, indirizzo di posta elettronica, email aziendale, e-mailadres, mailadres,
        zakelijk e-mailadres, zakelijke e-mail, werk e-mail, correio eletrónico, correio eletrônico,
        endereço de e-mail, endereço de correio eletrónico, e-mail profissional, adres e-mail,
        poczta elektroniczna, adres poczty elektronicznej, e-mail służbowy, służbowy e-mail, e-post, e-postadress,
        epost-adress, mejl, mejladress, jobbmejl, e-postadresse, jobb-epost, arbejdsmail
    """,
    Field.MOBILE: """
        mobile, mobile phone, mobile telephone, cell, cell phone, cellphone, cellular, cellular phone, GSM, handphone,
        SMS number, MFA phone, MFA mobile, SSPR phone, authentication phone, auth phone, authentication mobile,
        work mobile, business mobile, company mobile, corporate mobile, private mobile, personal mobile, Handy, Mobil,
        Mobiltelefon, Mobilfunk, Mobilrufnummer, Mobilfunktelefon, Diensthandy, Firmenhandy, Privathandy, Handy privat,
        Mobil privat, Mobil geschäftlich, Natel, portable, téléphone portable, téléphone mobile, tél. portable,
        tél. mobile, mobile professionnel, mobile personnel, cellulaire, téléphone cellulaire, móvil, teléfono móvil,
        tel. móvil, celular, teléfono celular, cellulare, telefono cellulare, telefono mobile, mobiel,
        mobiele telefoon, mobieltje, mobiel zakelijk, zakelijk mobiel, privé mobiel, mobiel privé, mobiel telefoon,
        mobiele, telemóvel, telefone móvel, telefone celular, komórka, telefon komórkowy, tel. komórkowy,
        komórkowy, numer telefonu komórkowego, numer komórki, mobilnummer, jobbmobil, arbetsmobil, privatmobil,
        arbejdsmobil, mobiltelefonnummer
    """,
    Field.ALTERNATE_MOBILE: """
        alternateMobile, alternate mobile phone, alternate phone, alternative mobile, alternative phone, second mobile,
        secondary mobile, second mobile phone, secondary phone, mobile 2, mobile phone 2, backup mobile, backup phone,
        other mobile, alt mobile, alt phone, alternate authentication phone, alternatives Mobiltelefon,
        alternative Mobil, Zweithandy, zweites Handy, zweite Mobil, Handy 2, Mobil 2, Mobiltelefon 2,
        alternative Telefon, Ersatzhandy, autre mobile, mobile secondaire, téléphone secondaire, mobile alternatif,
        téléphone alternatif, portable 2, second mobile, deuxième mobile, móvil alternativo, teléfono alternativo,
        segundo móvil, móvil 2, móvil secundario, celular alternativo, celular 2, segundo celular,
        cellulare alternativo, secondo cellulare, cellulare 2, cellulare secondario, telefono alternativo,
        alternatief mobiel, tweede mobiel, mobiel 2, alternatief telefoon, alternatieve telefoon,
        telemóvel alternativo, telemóvel 2, segundo telemóvel, telefone alternativo, alternatywny telefon,
        telefon alternatywny, drugi telefon komórkowy, dodatkowy telefon, komórka 2, alternatywny telefon komórkowy,
        alternativ mobil, alternativ telefon, andra mobil, alternativ mobiltelefon
    """,
    Field.OFFICE: """
        office, office phone, office telephone, business phone, business phones, business telephone, work phone,
        work telephone, work number, desk phone, company phone, direct line, direct phone, Bürotelefon, Buerotelefon,
        Telefon Büro, Telefon Buero, Diensttelefon, Telefon dienstlich, dienstliches Telefon, Telefon geschäftlich,
        Telefon geschaeftlich, Geschäftstelefon, Geschaeftstelefon, geschäftliches Telefon, Firmentelefon,
        Arbeitstelefon, téléphone bureau, téléphone de bureau, téléphone du bureau, téléphone professionnel,
        tél. bureau, tél. professionnel, tél. pro, téléphone pro, ligne directe, teléfono oficina,
        teléfono de oficina, teléfono de la oficina, teléfono de trabajo, teléfono trabajo, teléfono del trabajo,
        teléfono laboral, teléfono corporativo, telefono ufficio, telefono d'ufficio, telefono dell'ufficio,
        telefono aziendale, telefono lavoro, telefono di lavoro, kantoortelefoon, telefoon kantoor, telefoon werk,
        werktelefoon, zakelijke telefoon, telefoon zakelijk, zakelijk telefoon, telefone comercial,
        telefone do escritório, telefone escritório, telefone de trabalho, telefone do trabalho, telefone trabalho,
        telefone profissional, telefone da empresa, telefon służbowy, telefon biurowy, telefon do pracy, telefon biuro,
        tel. służbowy, służbowy, numer telefonu służbowego, arbetstelefon, kontorstelefon, telefon arbete,
        telefon arbetet, jobbtelefon, tjänstetelefon, arbeidstelefon, kontortelefon, telefon arbeid, telefon jobb,
        arbejdstelefon, telefon arbejde, firmatelefon, telefon kontor
    """,
    Field.PHONE: """
        phone, telephone, tel, telephoneNumber, contact number, contact phone, Telefon, Rufnummer, Fon, téléphone,
        teléfono, telefono, recapito telefonico, telefoon, telefone, numer telefonu, nr telefonu, tlf
    """,
    Field.EMAIL: """
        authentication email, auth email, SSPR email, SSPR mail, private email, personal email, alternate email,
        alternative email, alternate email address, recovery email, recovery email address, secondary email,
        backup email, private E-Mail-Adresse, private Mail, private Mailadresse, Privatmail, alternative E-Mail-Adresse,
        Wiederherstellungs-E-Mail, e-mail privé, e-mail personnel, courriel personnel, adresse e-mail personnelle,
        adresse e-mail privée, e-mail de récupération, e-mail secondaire, correo personal, correo privado,
        correo electrónico personal, correo alternativo, correo electrónico alternativo, correo de recuperación,
        email personale, email privata, email alternativa, email di recupero, indirizzo email personale, privé-e-mail,
        privé e-mailadres, privémail, persoonlijke e-mail, persoonlijk e-mailadres, alternatief e-mailadres,
        herstel-e-mail, e-mail pessoal, e-mail alternativo, e-mail de recuperação, e-mail particular,
        prywatny e-mail, e-mail prywatny, prywatny adres e-mail, adres e-mail prywatny, alternatywny adres e-mail,
        alternatywny e-mail, zapasowy e-mail, privat e-post, privat e-postadress, privat e-postadresse, privatmejl,
        alternativ e-post, alternativ e-postadress, alternativ e-postadresse, privat e-mail, alternativ e-mail
    """,
    Field.COUNTRY: """
        country, country code, country ISO, ISO country, usageLocation, usage location, country or region,
        country/region, Land, Ländercode, Laendercode, Länderkürzel, Länderkennzeichen, Nutzungsstandort, pays,
        code pays, code du pays, país, código de país, código del país, codigo pais, paese, codice paese, nazione,
        landcode, código do país, kraj, kod kraju, landskod, landkode, landekode
    """,
    Field.SMS_SIGN_IN: """
        smsSignIn, SMS sign in, enable SMS sign-in, SMS login, SMS logon, sign in with SMS, SMS-Anmeldung,
        Anmeldung per SMS, connexion SMS, connexion par SMS, inicio de sesión por SMS, inicio de sesión SMS,
        accesso SMS, accesso tramite SMS, accesso via SMS, sms-aanmelding, aanmelden met sms, inloggen met sms,
        início de sessão por SMS, login por SMS, entrar com SMS, logowanie SMS, logowanie przez SMS, SMS-inloggning,
        inloggning med SMS, SMS-pålogging, SMS-innlogging, pålogging med SMS
    """,
}

_AMBIGUOUS: dict[str, str] = {
    "it may be an object id or a number of the HR system": "id",
    "it may be a user principal name or a name of another system": """
        username, user, login, login name, account, account name, sAMAccountName, Benutzername, nom d'utilisateur,
        usuario, nombre de usuario, nome utente, gebruikersnaam, usuário, nome de utilizador, nome de usuário,
        nazwa użytkownika, användarnamn, brukernavn, brugernavn
    """,
    "it may be any phone type or none": """
        home phone, home telephone, private phone, personal phone, Telefon privat, téléphone personnel,
        téléphone domicile, teléfono particular, teléfono personal, telefono casa, telefono privato, telefoon privé,
        telefone residencial, telefon prywatny, hemtelefon, privattelefon
    """,
}
AMBIGUOUS_HEADERS: dict[str, str] = {
    folded(header): why for why, headers in _AMBIGUOUS.items() for header in headers.split(",")
}
"""Folded header -> why it is not used until COLUMN_MAP says what it means."""

FIELD_BY_HEADER: dict[str, Field] = {
    folded(header): field for field, headers in _HEADERS.items() for header in headers.split(",")
}
"""Folded header -> field."""


def headers_of(field: Field) -> tuple[str, ...]:
    """The headers of a field as people write them."""
    return tuple(" ".join(header.split()) for header in _HEADERS.get(field, "").split(",") if header.strip())
