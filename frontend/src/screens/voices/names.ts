/** What the API's words are called on the page; what nobody knows is called as the API calls it. */
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
