/** What a book needs before shops take it. Source: docs/shops.md. */
import type { Project, ProjectReport } from "../../../api/types";

export interface ShopCheck {
  id: "converted" | "names" | "cover" | "sound" | "licences";
  isDone: boolean;
  /** In the server's words. */
  remarks: readonly string[];
}

/** report: of the newest snapshot; null where there is none.    warnings: voices whose licences don't say that this may be sold. */
export function shopChecks(project: Project | null, report: ProjectReport | null, warnings: readonly string[]): ShopCheck[] {
  const check = (id: ShopCheck["id"], isDone: boolean, remarks: readonly string[] = []): ShopCheck => ({ id, isDone, remarks });
  return [
    check("converted", report !== null),
    check("names", Boolean(project?.title && project.author)),
    check("cover", Boolean(project?.cover_image_url)),
    ...(report ? [check("sound", report.acx.passed === true), check("licences", !warnings.length, warnings)] : []),
  ];
}

export const shops = [
  { id: "acx", name: "ACX, Audible, Amazon" },
  { id: "google", name: "Google Play Books" },
  { id: "kobo", name: "Kobo Writing Life" },
  { id: "spotify", name: "Spotify for Authors" },
  { id: "apple", name: "Apple Books" },
  { id: "distributors", name: "Author’s Republic, PublishDrive" },
] as const;
