/** Where a rank serves its segments: never in the open without the user's word, nor without a name. */
import { checkListenOn, KoloError, type ListenOn, type Protection } from "@kolo/core";

export interface Listening extends Protection {
  readonly listenOn?: ListenOn;
}

/** Undefined where nothing was said. Throws `config_invalid`. */
export function listeningHost(options: Listening): string | undefined {
  const { listenOn } = options;
  if (listenOn === undefined) return undefined;
  const { host } = listenOn;
  checkListenOn("segments", listenOn, options);
  if (host !== "0.0.0.0" && host !== "::") return host;
  throw new KoloError(
    "config_invalid",
    `expected one address of this host to serve segments on, got ${host}: peers are to dial it`,
  );
}
