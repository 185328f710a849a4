/** Voices, engines and models as the server has them: read once, and anew when something was changed. */
import { ask } from "../../api/client";
import type { Engine, LeftOutEngine, Model, SpeechModel, Voice } from "../../api/types";
import { t } from "../../messages";
import { wordsOf } from "../../parts/words";

class Catalogue {
  voices = $state.raw<Voice[]>([]);
  engines = $state.raw<Engine[]>([]);
  leftOut = $state.raw<LeftOutEngine[]>([]);
  models = $state.raw<SpeechModel[]>([]);
  /** Why nothing is known of engines and models, which a key may not be allowed to read. */
  problem = $state("");
  private reading: Promise<void> | undefined;
  private readonly sought = new Set<string>();

  readonly byId = $derived(new Map(this.voices.map((voice) => [voice.voice_id, voice])));
  readonly engineById = $derived(new Map(this.engines.map((engine) => [engine.engine_id, engine])));

  /** Read it unless it was. Throws: ApiError, where the voices can't be read. */
  load(): Promise<void> {
    this.reading ??= this.read().catch((problem: unknown) => {
      this.reading = undefined;
      throw problem;
    });
    return this.reading;
  }

  /** The same, and again where it lacks voices that may have been made meanwhile. Each is looked for once. */
  async loadFor(ids: readonly string[]): Promise<void> {
    await this.load();
    const unknown = ids.filter((id) => !this.byId.has(id) && !this.sought.has(id));
    unknown.forEach((id) => this.sought.add(id));
    if (unknown.length) await this.reload();
  }

  reload(): Promise<void> {
    this.reading = undefined;
    return this.load();
  }

  /** Which settings change what a voice says; null where nobody knows. */
  heeded(voiceId: string): readonly string[] | null {
    const voice = this.byId.get(voiceId);
    return (voice && this.engineById.get(voice.engine)?.heeded_settings) ?? null;
  }

  /** Voices by their engines, in the order of the list, for a choice among many. */
  grouped(voices: readonly Voice[] = this.voices): [string, Voice[]][] {
    const groups = new Map<string, Voice[]>();
    for (const voice of voices) {
      const group = groups.get(voice.engine);
      if (group) group.push(voice);
      else groups.set(voice.engine, [voice]);
    }
    return [...groups];
  }

  private async read(): Promise<void> {
    const [voices, others] = await Promise.all([ask<Model<"VoicesModel">>("/v1/voices"), this.readOthers()]);
    this.voices = voices.voices;
    this.problem = others;
  }

  private async readOthers(): Promise<string> {
    try {
      const [engines, models] = await Promise.all([ask<Model<"EngineList">>("/rhapsode/v1/engines"), ask<SpeechModel[]>("/v1/models")]);
      this.engines = engines.engines;
      this.leftOut = engines.left_out;
      this.models = models;
      return "";
    } catch (problem) {
      return t("common.failed", { message: wordsOf(problem) });
    }
  }
}

export const catalogue = new Catalogue();
