/** Light or dark: what the person has chosen here, else what the system has. */
import { kept } from "./storage";

export type Choice = "system" | "light" | "dark";
const KEPT = "rhapsode.theme";

class Theme {
  choice = $state<Choice>("system");

  constructor() {
    const before = kept.read(KEPT);
    this.choose(before === "light" || before === "dark" ? before : "system");
  }

  choose(choice: Choice): void {
    this.choice = choice;
    document.documentElement.style.colorScheme = choice === "system" ? "light dark" : choice;
    kept.keep(KEPT, choice === "system" ? null : choice);
  }
}

export const theme = new Theme();
