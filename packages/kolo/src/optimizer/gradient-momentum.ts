/**
 * Momentum of `deepGradient` for gradients that arrive as they are: where no hook has applied it
 * before they were chosen from. On reduced gradients that comes to the same, as sums do not mind.
 *
 * Every rank has the same bits, and so the same velocity.
 */
import { HookState } from "@kolo/compression";
import { type Elements } from "@kolo/engine";

export class GradientMomentum {
  readonly state: HookState;
  readonly #momentum: number;

  constructor(momentum: number, count: number) {
    this.#momentum = momentum;
    this.state = new HookState(new Float32Array(HookState.elements([count])), [count]);
  }

  /** Leaves in `gradient` the velocity: momentum · velocity + gradient. */
  apply(gradient: Elements): void {
    const before = this.state.current(0);
    const after = this.state.next(0);
    for (let i = 0; i < after.length; i++) {
      after[i] = (before[i] as number) * this.#momentum + (gradient[i] as number);
    }
    gradient.set(after);
    this.state.advance();
  }
}
