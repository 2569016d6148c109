/** Hands on the messages of a stream one by one, and keeps what came beyond one where it must wait. */
import { MessageAssembler } from "./message-assembler.js";

export class MessageReader {
  readonly #assembler: MessageAssembler;
  readonly #onMessage: (message: Buffer) => void;
  #paused = false;
  /** What has come and is not read yet: from `#position` of the piece on. */
  #piece: Buffer | undefined;
  #position = 0;

  /** A message is valid until `onMessage` returns, or until `resume` where that pauses. */
  constructor(maxMessageBytes: number, onMessage: (message: Buffer) => void) {
    this.#assembler = new MessageAssembler(maxMessageBytes);
    this.#onMessage = onMessage;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** Takes the next piece of the stream; not while it is paused. Throws as `MessageAssembler.take`. */
  read(piece: Buffer): void {
    this.#piece = piece;
    this.#position = 0;
    this.#readOn();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#readOn();
  }

  #readOn(): void {
    while (this.#piece !== undefined && !this.#paused) {
      const piece = this.#piece;
      this.#position = this.#assembler.take(piece, this.#position);
      if (this.#position === piece.length) this.#piece = undefined;
      if (this.#assembler.message !== undefined) this.#onMessage(this.#assembler.message);
    }
  }
}
