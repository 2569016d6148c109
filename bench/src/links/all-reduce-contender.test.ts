import { describe, expect, it } from "@jest/globals";
import { linkContenders } from "./all-reduce-contender.js";

describe("who all-reduces over a link", () => {
  const choice = {
    ranksPerHost: [1, 2],
    transports: ["shm", "shm+tcp", "grpc"],
    buffers: ["arena", "tensors"],
    hasOpenMpi: true,
  } as const;
  const namesOf = (contenders: ReturnType<typeof linkContenders>): string[] =>
    contenders.map(({ impl, transport, ranksPerHost }) => `${impl} ${transport} ${ranksPerHost}`);

  it("runs what is the same with one rank on each host only once", () => {
    expect(namesOf(linkContenders(choice))).toEqual([
      "kolo-arena shm 1",
      "kolo shm 1",
      "kolo-arena shm+tcp 1",
      "kolo shm+tcp 1",
      "openmpi tcp 1",
      "kolo-arena shm 2",
      "kolo shm 2",
      "kolo-arena shm+tcp 2",
      "kolo shm+tcp 2",
      "kolo-arena grpc 2",
      "kolo grpc 2",
      "openmpi tcp 2",
    ]);
  });

  it("runs what was asked for where nothing else is the same", () => {
    const some = {
      ...choice,
      transports: ["grpc"],
      buffers: ["arena"],
      hasOpenMpi: false,
    } as const;
    expect(namesOf(linkContenders(some))).toEqual(["kolo-arena grpc 1", "kolo-arena grpc 2"]);
  });
});
