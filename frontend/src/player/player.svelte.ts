/** What is heard. Its place is taken by the player itself. */
export interface Place {
  chapterId: string;
  blockId: string;
  start: number;
  end: number;
}

class Player {
  isPlaying = $state(false);
  place = $state.raw<Place | null>(null);

  async playChapter(_projectId: string, _chapterId: string, _from: { fromBlockId?: string; fromUnit?: number } = {}): Promise<void> {
    // Nothing is heard without the player.
  }

  toggle(): void {
    // As above.
  }
}

export const player = new Player();
