/** The server's models by short names. `schema.d.ts` is made of its OpenAPI document by `just page-types`. */
import type { components } from "./schema";

/** A model by the name that the document has. */
export type Model<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type WhoAmI = Model<"WhoAmI">;
export type Project = Model<"ProjectExtendedModel">;
export type Chapter = Model<"ChapterModel">;
export type Voice = Model<"VoiceModel">;
export type Plan = Model<"PlanModel">;
/** All five are always told. */
export type VoiceSettings = Required<Model<"VoiceSettingsModel">>;
export type Engine = Model<"EngineModel">;
export type LeftOutEngine = Model<"LeftOutEngine">;
export type SpeechModel = Model<"ModelModel">;
export type HistoryItem = Model<"HistoryItemModel">;
export type Dictionary = Model<"DictionaryModel">;
export type DictionaryWithRules = Model<"DictionaryWithRules">;
export type Rule = DictionaryWithRules["rules"][number];
