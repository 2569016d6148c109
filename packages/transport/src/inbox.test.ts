import { describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import { Inbox } from "./inbox.js";
import { type Receiver } from "./link.js";
import { encodedSegmentBytes, encodeSegment } from "./segment-codec.js";
import { segmentOf } from "./testing/segments.js";

function messageOf(sequence: number): Buffer {
  const segment = segmentOf({ sequence });
  const message = Buffer.alloc(encodedSegmentBytes(segment));
  encodeSegment(segment, message, 0);
  return message;
}

/** An inbox that writes down what happens. */
function observe(accept: (sequence: number, inbox: Inbox) => boolean) {
  const events: string[] = [];
  const note = (event: string) => () => {
    events.push(event);
  };
  const receiver: Receiver = {
    accept: (_peer, { sequence }) => {
      const accepted = accept(sequence, inbox);
      events.push(`${accepted ? "accept" : "hold"} ${sequence}`);
      return accepted;
    },
    fail: (peer, { code }) => events.push(`fail ${peer} ${code}`),
  };
  const source = { pause: note("pause"), resume: note("resume"), stop: note("stop") };
  const inbox: Inbox = new Inbox({ peer: 3, receiver, segmentBytes: 64, source });
  return { inbox, events };
}

describe("an inbox", () => {
  it("pauses its source while a segment is held", () => {
    let isReady = false;
    const { inbox, events } = observe(() => isReady);
    inbox.deliver(messageOf(1));
    inbox.resume();
    isReady = true;
    inbox.resume();
    inbox.resume();
    inbox.deliver(messageOf(2));
    expect(events).toEqual(["hold 1", "pause", "hold 1", "accept 1", "resume", "accept 2"]);
  });

  it("does not offer a segment again inside its own acceptance", () => {
    let offers = 0;
    const { inbox, events } = observe((_sequence, self) => {
      if (++offers === 1) return false;
      self.resume();
      return true;
    });
    inbox.deliver(messageOf(1));
    inbox.resume();
    expect(events).toEqual(["hold 1", "pause", "accept 1", "resume"]);
  });

  it("asks again when it was resumed while the receiver said not yet", () => {
    let offers = 0;
    const { inbox, events } = observe((_sequence, self) => {
      if (++offers > 1) return true;
      self.resume();
      return false;
    });
    inbox.deliver(messageOf(1));
    expect(events).toEqual(["hold 1", "accept 1"]);
  });

  it("fails once, and is silent ever after", () => {
    const { inbox, events } = observe(() => true);
    inbox.deliver(Buffer.from("nonsense"));
    inbox.fail(new KoloError("peer_lost", "late"));
    inbox.deliver(messageOf(1));
    inbox.resume();
    inbox.end();
    expect(events).toEqual(["stop", "fail 3 message_invalid"]);
  });

  it("fails while it holds, and forgets what it held", () => {
    const { inbox, events } = observe(() => false);
    inbox.deliver(messageOf(1));
    inbox.fail(new KoloError("peer_lost", "gone"));
    inbox.resume();
    expect(events).toEqual(["hold 1", "pause", "stop", "fail 3 peer_lost"]);
  });

  it("may be ended by its receiver, in the middle of a segment", () => {
    const { inbox, events } = observe((_sequence, self) => {
      self.end();
      return false;
    });
    inbox.deliver(messageOf(1));
    expect(events).toEqual(["stop", "hold 1"]);
  });
});
