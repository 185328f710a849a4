/** The texts of the page, by language. A message has `{name}` where something is put in, and forms where it counts. */
import en from "./en";

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
type Messages = typeof en;

/** `screen.message`, as the files of `en/` have them: one file for each screen. */
export type Key = { [Screen in keyof Messages]: `${Screen & string}.${keyof Messages[Screen] & string}` }[keyof Messages];
export type Values = Record<string, string | number>;

const others: Record<string, () => Promise<{ default: unknown }>> = { de: () => import("./de") };

let messages = en as unknown as Record<string, Record<string, string | Forms>>;
let language = "en";
let plural = new Intl.PluralRules("en");

/** Choose the first language that the person reads and that is there, before anything is shown. */
export async function chooseLanguage(wanted: readonly string[] = navigator.languages): Promise<void> {
  const chosen = wanted.map((tag) => tag.split("-")[0] ?? "").find((tag) => tag === "en" || tag in others) ?? "en";
  const load = others[chosen];
  if (load) messages = { ...messages, ...((await load()).default as typeof messages) };
  // Dates and numbers as where the person is: British English isn't American.
  language = wanted.find((tag) => tag.split("-")[0] === chosen) ?? chosen;
  plural = new Intl.PluralRules(chosen);
  document.documentElement.lang = chosen;
}

/** A text. values: what is put in; `count` chooses the form, and is written as the language writes numbers. */
export function t(key: Key, values: Values = {}): string {
  const [screen = "", name = ""] = key.split(/\.(.*)/s);
  const found = messages[screen]?.[name] ?? (en as unknown as typeof messages)[screen]?.[name] ?? key;
  const text = typeof found === "string" ? found : (found[plural.select(Number(values["count"]))] ?? found.other);
  return text.replace(/\{(\w+)\}/g, (whole, place: string) => {
    const value = values[place];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(language, options).format(value);
}

/** As in 3:05 or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** As in 3 min, or 2 h 5 min. */
export function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const unit = (value: number, name: string): string => number(value, { style: "unit", unit: name, unitDisplay: "short" });
  if (seconds < 59.5) return unit(Math.round(seconds), "second");
  if (minutes < 60) return unit(minutes, "minute");
  return minutes % 60 ? `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}` : unit(minutes / 60, "hour");
}

/** As in 386 MB. */
export function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return number(value, { style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: value < 10 && step ? 1 : 0 });
}

export function date(unix: number, withTime = false): string {
  const style: Intl.DateTimeFormatOptions = { dateStyle: "medium", ...(withTime ? { timeStyle: "short" } : {}) };
  return new Intl.DateTimeFormat(language, style).format(new Date(unix * 1000));
}
