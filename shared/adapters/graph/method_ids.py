"""Graph's ids of the phone and e-mail methods, which are the same for every account and tenant.

Sources: Graph reference, phoneAuthenticationMethod and emailAuthenticationMethod.
"""

from __future__ import annotations

from shared.core.values.slot import PhoneType

METHOD_IDS: dict[PhoneType, str] = {
    PhoneType.MOBILE: "3179e48a-750b-4051-897c-87b9720928f7",
    PhoneType.ALTERNATE_MOBILE: "b6332ec1-7057-4abe-9331-3d72feddfe41",
    PhoneType.OFFICE: "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
METHOD_TYPES: dict[str, PhoneType] = {method_id: phone_type for phone_type, method_id in METHOD_IDS.items()}
EMAIL_METHOD_ID = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
