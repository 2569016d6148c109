/** Element types that collectives carry. Both are four bytes wide. */
export type DType = "float32" | "int32";

export const elementBytes = 4;

export function isDType(value: string): value is DType {
  return value === "float32" || value === "int32";
}
