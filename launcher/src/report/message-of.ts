/** What a caught value says. `instanceof Error` would fail for errors of another realm. */
export function messageOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) {
    return String(error.message);
  }
  return String(error);
}
