/** Who is signed in, if anybody. */
import { ApiError, ask, whenSignedOut } from "../api/client";
import type { WhoAmI } from "../api/types";
import { go } from "./router.svelte";

const SESSION = "/rhapsode/v1/session";

class Session {
  who = $state.raw<WhoAmI | null>(null);
  /** `unknown` until the server has answered. */
  state = $state<"unknown" | "signed in" | "signed out" | "unreachable">("unknown");
  /** Whether a link brought somebody here who could not be signed in by it. */
  linkEnded = $state(false);

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
      this.state = error instanceof ApiError && error.isAway ? "unreachable" : "signed out";
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
  }

  private enter(who: WhoAmI): void {
    this.who = who;
    this.state = "signed in";
    this.linkEnded = false;
  }

  private async signInByLink(token: string): Promise<void> {
    try {
      this.enter(await ask<WhoAmI>(`${SESSION}/link`, { method: "POST", json: { token } }));
    } catch {
      this.linkEnded = true;
    }
  }
}

export const session = new Session();
whenSignedOut(() => session.leave());
