/** Who is signed in, if anybody. */
import { ApiError, ask, whenSignedOut } from "../api/client";
import type { WhoAmI } from "../api/types";
import { notices } from "./notices.svelte";
import { go } from "./router.svelte";
import { kept } from "./storage";

const SESSION = "/rhapsode/v1/session";
/** Tells the other tabs who is here: all have one cookie. */
const KEPT = "rhapsode.owner";

class Session {
  who = $state.raw<WhoAmI | null>(null);
  /** `unknown` until the server has answered; `refused` where it has answered something else than who is here. */
  state = $state<"unknown" | "signed in" | "signed out" | "unreachable" | "refused">("unknown");
  /** Why the server doesn't say who is here. */
  problem = $state.raw<unknown>(null);
  /** Whether a link brought somebody here who could not be signed in by it. */
  linkEnded = $state(false);
  private lastOwner: string | null = null;

  /** Whose work is done here; null while nobody is known. */
  get owner(): string | null {
    return this.who && `${this.who.workspace.workspace_id}.${this.who.user?.user_id ?? ""}`;
  }

  constructor() {
    globalThis.addEventListener?.("storage", ({ key, newValue }) => {
      if (key === KEPT && this.who && newValue !== this.owner) void this.find();
    });
  }

  /** Take the sign-in link out of the address, if it is one, and ask who is here. */
  async begin(): Promise<void> {
    const token = /^#sign-in=(.+)$/.exec(location.hash)?.[1];
    if (token) {
      // No history, no bookmark and no screenshot keeps the secret.
      go("#/", { replace: true });
      await this.signInByLink(token);
    }
    if (this.state !== "signed in") await this.find();
  }

  async find(): Promise<void> {
    try {
      this.enter(await ask<WhoAmI>(SESSION));
    } catch (error) {
      this.problem = error;
      this.state = error instanceof ApiError && error.isAway ? "unreachable" : isOfWho(error) ? "signed out" : "refused";
    }
  }

  /** Throws: ApiError. */
  async signInByKey(key: string): Promise<void> {
    this.enter(await ask<WhoAmI>(SESSION, { method: "POST", json: {}, headers: { "xi-api-key": key } }));
  }

  async signOut(): Promise<void> {
    await ask(SESSION, { method: "DELETE" });
    this.leave();
  }

  /** Whether the person may do something; `null` permissions are all there are. */
  may(permission: string): boolean {
    return this.who !== null && (this.who.permissions === null || this.who.permissions.includes(permission));
  }

  leave(): void {
    this.who = null;
    this.state = "signed out";
    kept.keep(KEPT, null);
  }

  private enter(who: WhoAmI): void {
    this.who = who;
    // Where it can't be kept, other tabs are told by the server, when they ask it for something.
    kept.keep(KEPT, this.owner);
    if (this.lastOwner !== null && this.lastOwner !== this.owner) return this.beginAnew();
    this.lastOwner = this.owner;
    this.state = "signed in";
    this.linkEnded = false;
  }

  /** What somebody else has read and written is still in the page. Their edits wait in the browser for them. */
  private beginAnew(): void {
    this.who = null;
    this.state = "unknown";
    location.reload();
  }

  private async signInByLink(token: string): Promise<void> {
    try {
      this.enter(await ask<WhoAmI>(`${SESSION}/link`, { method: "POST", json: { token } }));
    } catch (error) {
      if (isOfWho(error)) this.linkEnded = true;
      else notices.fail(error);
    }
  }
}

/** Whether it is about who asks, and not about how the server is. */
const isOfWho = (error: unknown): boolean => error instanceof ApiError && [400, 401, 403, 404, 422].includes(error.status);

export const session = new Session();
whenSignedOut(() => session.leave());
