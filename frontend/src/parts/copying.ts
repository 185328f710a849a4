/** The clipboard, also where a page may not write to it: browsers let only those of https and of this machine. */
import { t } from "../messages";

/** Throws: Error, whose message is for people; DOMException. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard as Clipboard | undefined) return navigator.clipboard.writeText(text);
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "unseen";
  field.value = text;
  // What lies behind a dialog can't be selected.
  ([...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!isCopied) throw new Error(t("common.notCopied"));
}
