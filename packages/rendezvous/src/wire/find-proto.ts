import { KoloError } from "@kolo/core";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The .proto file: beside the code where all is bundled into one folder, else in the package. */
export function findProto(folder: string = __dirname): string {
  const places = [
    join(folder, "rendezvous.proto"),
    join(folder, "..", "..", "proto", "rendezvous.proto"),
  ];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new KoloError(
    "internal",
    `expected rendezvous.proto at ${places.join(" or ")}; reinstall kolo`,
  );
}
