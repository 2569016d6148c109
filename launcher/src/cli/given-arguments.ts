import { type GivenSettings } from "./parse-arguments.js";
import { type Setting } from "./settings.js";

/** The flags as they were given, for a tsrun that this one starts; without those of `except`. Pure. */
export function givenArguments(
  flags: GivenSettings,
  except: readonly Setting<unknown>[],
): readonly string[] {
  return [...flags].flatMap(([name, { value }]) => {
    if (except.some((setting) => setting.name === name)) return [];
    if (value === true) return [`--${name}`];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((one) => `--${name}=${String(one)}`);
  });
}
