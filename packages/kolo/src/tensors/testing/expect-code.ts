import { isKoloError, type KoloErrorCode } from "@kolo/core";

/** The error that `call` throws or rejects with; fails where it is not a KoloError of this code. */
export async function koloErrorOf(code: KoloErrorCode, call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (isKoloError(error) && error.code === code) return error.message;
    throw error;
  }
  throw new Error(`expected an error with code ${code}, got none`);
}
