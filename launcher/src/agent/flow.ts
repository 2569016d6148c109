/**
 * How much output may be on its way. tsrun gives each stream of each rank so many bytes of credit,
 * and more as they are read; without credit the agent does not read the rank's pipe, and the rank
 * blocks in its write, as it would without an agent in between. So tsrun can always read what the
 * agent sends: an exit or a sign of life never waits behind output that nobody takes.
 */

/** What a stream may have on its way at the start, and at any time. */
export const windowBytes = 256 * 1024;

/** The most an agent puts into one frame of output: what Node reads from a pipe at once. */
export const maxOutputBytes = 64 * 1024;
