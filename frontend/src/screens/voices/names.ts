/** What the API's words are called on the page; what nobody knows is called as the API calls it. */
import type { Voice } from "../../api/types";
import { t } from "../../messages";

export function categoryName(category: string): string {
  switch (category) {
    case "premade":
      return t("voices.categoryPremade");
    case "generated":
      return t("voices.categoryGenerated");
    case "cloned":
      return t("voices.categoryCloned");
    default:
      return category;
  }
}

export function genderName(gender: string): string {
  switch (gender) {
    case "female":
      return t("voices.female");
    case "male":
      return t("voices.male");
    case "neutral":
      return t("voices.neutral");
    default:
      return gender;
  }
}

/** The value of a label for people: some are of a few words that are known. */
export function labelText(name: string, value: string): string {
  return name === "gender" ? genderName(value) : value.replaceAll("_", " ");
}

/** What there is to know of a voice beside its name, in few words. */
export function saidOf(voice: Voice): string {
  const { description, gender, age, accent } = voice.labels;
  return [description, gender, age, accent].filter(Boolean).join(", ").replaceAll("_", " ");
}

/** Some of the languages that it speaks, by their codes. */
export function languageCodes(voice: Voice): string {
  return [...new Set(voice.verified_languages.map((each) => each.locale ?? each.language))].slice(0, 4).join(", ");
}
