import { describe, expect, it } from "@jest/globals";
import { KoloError, ManualClock } from "@kolo/core";
import { Suspicion } from "./suspicion.js";

const lost = new KoloError("peer_lost", "gone", { peer: 1 });

function setUp(waiting: boolean) {
  const clock = new ManualClock();
  const events: string[] = [];
  const suspicion = new Suspicion({
    clock,
    isWaiting: () => waiting,
    tell: ({ code }) => events.push(`told ${code}`),
    end: ({ code }) => events.push(`ended by ${code}`),
  });
  return { clock, events, suspicion };
}

describe("Suspicion", () => {
  it("leaves the coordinator time to say what killed a peer, and then has to do", () => {
    const { clock, events, suspicion } = setUp(true);
    suspicion.raise(lost);
    clock.advance(4999);
    expect(events).toEqual(["told peer_lost"]);
    clock.advance(1);
    expect(events).toEqual(["told peer_lost", "ended by peer_lost"]);
  });

  it("never ends a rank that waits for nobody", () => {
    const { clock, events, suspicion } = setUp(false);
    suspicion.raise(lost);
    clock.advance(1e6);
    expect(events).toEqual(["told peer_lost"]);
  });
});
