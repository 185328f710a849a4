"""Pronunciation dictionaries on the wire. Sources: the schemas that each model names."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, FailFast, Field

from rhapsode.api.sent_lists import at_most
from rhapsode.storage.dictionaries import Dictionary
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import MAX_RULES
from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, PronunciationRule, find_alphabet

Access = Literal["admin", "editor", "commenter", "viewer"]


def _true_where_null(value: Any) -> Any:
    # What a JavaScript client leaves undefined comes as null.
    return True if value is None else value


Flag = Annotated[bool, BeforeValidator(_true_where_null)]


class AliasRuleInput(BaseModel):
    """Source: schema PronunciationDictionaryAliasRuleRequestModel."""

    type: Literal["alias"]
    string_to_replace: str
    alias: str
    case_sensitive: Flag = True
    word_boundaries: Flag = True

    def rule(self) -> AliasRule:
        """The rule it is."""
        return AliasRule(self.string_to_replace, self.alias, self.case_sensitive, self.word_boundaries)


class PhonemeRuleInput(BaseModel):
    """Source: schema PronunciationDictionaryPhonemeRuleRequestModel."""

    type: Literal["phoneme"]
    string_to_replace: str
    phoneme: str
    alphabet: str
    case_sensitive: Flag = True
    word_boundaries: Flag = True

    def rule(self) -> PhonemeRule:
        """The rule it is. Raises: InvalidInput, when nobody knows its alphabet."""
        alphabet = find_alphabet(self.alphabet)
        if alphabet is None:
            msg = f"The alphabet {self.alphabet!r} isn't known; ipa and cmu-arpabet are."
            raise InvalidInput(msg)
        return PhonemeRule(
            self.string_to_replace, self.phoneme, alphabet, self.case_sensitive, self.word_boundaries
        )


RuleInput = Annotated[AliasRuleInput | PhonemeRuleInput, Field(discriminator="type")]


class RulesBody(BaseModel):
    """Source: schema Body_Set_rules_on_the_pronunciation_dictionary and its like for adding."""

    rules: Annotated[list[RuleInput], FailFast(), at_most(MAX_RULES, of_what="rules")]

    def list_rules(self) -> list[PronunciationRule]:
        """The rules, in order. Raises: InvalidInput."""
        return [rule.rule() for rule in self.rules]


class NewDictionaryBody(RulesBody):
    """Source: schema Body_Add_a_pronunciation_dictionary_v1_pronunciation_dictionaries_add_from_rules_post."""

    name: str
    description: str | None = None
    workspace_access: Access | None = None


class RuleStringsBody(BaseModel):
    """Source: schema Body_Remove_rules_from_the_pronunciation_dictionary."""

    rule_strings: Annotated[list[str], FailFast(), at_most(MAX_RULES, of_what="rule_strings")]


class DictionaryUpdate(BaseModel):
    """What is null or missing stays as it is. Source: schema Body_Update_pronunciation_dictionary."""

    archived: bool | None = None
    name: str | None = None


class AliasRuleModel(BaseModel):
    """Source: schema PronunciationDictionaryAliasRuleResponseModel."""

    type: Literal["alias"] = "alias"
    string_to_replace: str
    alias: str
    case_sensitive: bool
    word_boundaries: bool


class PhonemeRuleModel(BaseModel):
    """Source: schema PronunciationDictionaryPhonemeRuleResponseModel."""

    type: Literal["phoneme"] = "phoneme"
    string_to_replace: str
    phoneme: str
    alphabet: str
    case_sensitive: bool
    word_boundaries: bool


class AddedDictionary(BaseModel):
    """Source: schema AddPronunciationDictionaryResponseModel."""

    id: str
    name: str
    created_by: str
    creation_time_unix: int
    version_id: str
    version_rules_num: int
    description: str | None
    permission_on_resource: Literal["admin"] = "admin"


class RulesChanged(BaseModel):
    """The latest version. Source: schema PronunciationDictionaryRulesResponseModel."""

    id: str
    version_id: str
    version_rules_num: int


class DictionaryModel(BaseModel):
    """Source: schema GetPronunciationDictionaryMetadataResponseModel."""

    id: str
    latest_version_id: str
    latest_version_rules_num: int
    name: str
    permission_on_resource: Literal["admin"] = "admin"
    created_by: str
    creation_time_unix: int
    archived_time_unix: int | None
    description: str | None


class DictionaryWithRules(DictionaryModel):
    """With the rules of its latest version. Source: schema GetPronunciationDictionaryWithRulesResponseModel."""

    rules: list[AliasRuleModel | PhonemeRuleModel]


class DictionaryPage(BaseModel):
    """Source: schema GetPronunciationDictionariesMetadataResponseModel."""

    pronunciation_dictionaries: list[DictionaryModel]
    next_cursor: str | None
    has_more: bool


def added_dictionary(made: Dictionary, workspace_id: WorkspaceId) -> AddedDictionary:
    """What is said of a dictionary that was just made."""
    return AddedDictionary(
        id=made.dictionary_id,
        name=made.name,
        created_by=workspace_id,
        creation_time_unix=made.created_at_ms // 1000,
        version_id=made.latest_version_id,
        version_rules_num=made.rule_count,
        description=made.description,
    )


def rules_changed(changed: Dictionary) -> RulesChanged:
    """What is said of a dictionary that has new rules."""
    return RulesChanged(
        id=changed.dictionary_id, version_id=changed.latest_version_id, version_rules_num=changed.rule_count
    )


def dictionary_model(dictionary: Dictionary, workspace_id: WorkspaceId) -> DictionaryModel:
    """A dictionary without its rules."""
    archived_at_ms = dictionary.archived_at_ms
    return DictionaryModel(
        id=dictionary.dictionary_id,
        latest_version_id=dictionary.latest_version_id,
        latest_version_rules_num=dictionary.rule_count,
        name=dictionary.name,
        # Whoever has a key of a workspace is its one user.
        created_by=workspace_id,
        creation_time_unix=dictionary.created_at_ms // 1000,
        archived_time_unix=None if archived_at_ms is None else archived_at_ms // 1000,
        description=dictionary.description,
    )


def dictionary_with_rules(
    dictionary: Dictionary, rules: Sequence[PronunciationRule], workspace_id: WorkspaceId
) -> DictionaryWithRules:
    """A dictionary with its rules."""
    return DictionaryWithRules(
        **dictionary_model(dictionary, workspace_id).model_dump(),
        rules=[_rule_model(rule) for rule in rules],
    )


def _rule_model(rule: PronunciationRule) -> AliasRuleModel | PhonemeRuleModel:
    return AliasRuleModel(**asdict(rule)) if isinstance(rule, AliasRule) else PhonemeRuleModel(**asdict(rule))
