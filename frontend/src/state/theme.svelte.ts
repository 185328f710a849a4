/** Light or dark: what the person has chosen here, else what the system has. */

export type Choice = "system" | "light" | "dark";
const KEPT = "rhapsode.theme";

class Theme {
  choice = $state<Choice>("system");

  constructor() {
    const kept = localStorage.getItem(KEPT);
    this.choose(kept === "light" || kept === "dark" ? kept : "system");
  }

  choose(choice: Choice): void {
    this.choice = choice;
    document.documentElement.style.colorScheme = choice === "system" ? "light dark" : choice;
    if (choice === "system") localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, choice);
  }
}

export const theme = new Theme();
