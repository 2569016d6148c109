/** What a rank's end of its stream needs, and whom it tells. */
import { type Credentials, type KoloError } from "@kolo/core";
import { type CoordinatorEvent } from "./wire/events.js";

export interface AttendStreamOptions {
  /** host:port. */
  readonly coordinator: string;
  readonly token: string;
  readonly secure: Credentials | undefined;
  readonly rank: number;
  /** Whose process the coordinator is in. */
  readonly coordinatedBy: string;
  readonly onEvent: (event: CoordinatorEvent) => void;
  /** The stream ended, and not by `close()`. */
  readonly onEnd: (error: KoloError) => void;
}
