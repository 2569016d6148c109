/** What was given, read: flags over the config file. */
import { type GivenSettings } from "./parse-arguments.js";
import { Expected } from "./readers.js";
import { type Setting } from "./settings.js";
import { UsageError } from "./usage-error.js";

export interface SettingReader {
  /** The flag's, else the config file's, whose mistakes are mistakes even where a flag wins. */
  readonly value: <T>(setting: Setting<T>) => T | undefined;
  readonly fromFlags: <T>(setting: Setting<T>) => T | undefined;
  readonly fromConfig: <T>(setting: Setting<T>) => T | undefined;
}

/** What it reads with throws UsageError. */
export function settingReader(flags: GivenSettings, config: GivenSettings): SettingReader {
  const from =
    (given: GivenSettings) =>
    <T>(setting: Setting<T>): T | undefined => {
      const entry = given.get(setting.name);
      if (entry === undefined) return undefined;
      try {
        return setting.read(entry.value);
      } catch (error) {
        if (!(error instanceof Expected)) throw error;
        throw new UsageError(`${entry.where}: expected ${error.message}`);
      }
    };
  const [fromFlags, fromConfig] = [from(flags), from(config)];
  return {
    value: (setting) => {
      const configured = fromConfig(setting);
      return fromFlags(setting) ?? configured;
    },
    fromFlags,
    fromConfig,
  };
}
