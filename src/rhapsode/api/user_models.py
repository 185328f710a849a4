"""What the user and the subscription say on the wire. Sources: the schemas that each model names.

Clients ask how much may still be spoken and whether there is a debt. Here as much as one likes, and there is none.
"""

from typing import Literal

from pydantic import BaseModel

CHARACTER_LIMIT = 1_000_000_000
"""Characters a month: more than one machine can speak, and a number that every client can add to."""

_VOICE_LIMIT = 10_000


SeatType = Literal["workspace_admin", "workspace_member", "workspace_lite_member"]
"""Source: schema SeatType. What the original calls those who may do all, those who work, and those who look on."""


class Price(BaseModel):
    """Source: schema Price."""

    amount: str = "0"
    currency: Literal["usd"] = "usd"


class Subscription(BaseModel):
    """Source: schema SubscriptionResponseModel."""

    tier: str = "self_hosted"
    character_count: int
    character_limit: int
    max_character_limit_extension: int | None = None
    max_credit_limit_extension: int | Literal["unlimited"] = 0
    can_extend_character_limit: bool = False
    allowed_to_extend_character_limit: bool = False
    next_character_count_reset_unix: int | None
    voice_slots_used: int = 0
    professional_voice_slots_used: int = 0
    professional_voice_slots_used_in_workspace: int = 0
    voice_limit: int = _VOICE_LIMIT
    max_voice_add_edits: int | None = None
    voice_add_edit_counter: int = 0
    professional_voice_limit: int = 0
    can_extend_voice_limit: bool = False
    can_use_instant_voice_cloning: bool = False
    can_use_professional_voice_cloning: bool = False
    currency: Literal["usd"] | None = None
    current_overage: Price = Price()
    status: Literal["active"] = "active"
    billing_period: Literal["monthly_period"] | None = None
    character_refresh_period: Literal["monthly_period"] = "monthly_period"


class ExtendedSubscription(Subscription):
    """Source: schema ExtendedSubscriptionResponseModel."""

    next_invoice: None = None
    open_invoices: list[None] = []
    has_open_invoices: bool = False
    pending_change: None = None
    has_used_starter_coupon_on_account: bool = False
    has_used_creator_coupon_on_account: bool = False


class User(BaseModel):
    """Source: schema UserResponseModel. workspace_id: the SDKs require it, though the schema hasn't it."""

    user_id: str
    workspace_id: str
    subscription: Subscription
    is_new_user: bool = False
    can_use_delayed_payment_methods: bool = False
    is_onboarding_completed: bool = True
    is_onboarding_checklist_completed: bool = True
    show_compliance_terms: bool = False
    first_name: str | None = None
    is_api_key_hashed: bool = True
    xi_api_key_preview: str | None = None
    referral_link_code: str | None = None
    partnerstack_partner_default_link: str | None = None
    created_at: int
    seat_type: SeatType
