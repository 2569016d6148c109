/**
 * The command line → what to do. Pure: no file is read, nothing is printed, nothing exits.
 * Options end at the script; what follows it is the script's, exactly as it stands.
 */
import { Command, CommanderError, Option } from "commander";
import { examples } from "./help-text.js";
import { rewriteNp } from "./rewrite-np.js";
import { type Setting, settingList, settings } from "./settings.js";
import { UsageError } from "./usage-error.js";

/** What was given, as it was given, by the name of its setting; and where, for error messages. */
export type GivenSettings = ReadonlyMap<
  string,
  { readonly value: unknown; readonly where: string }
>;

export type Invocation =
  | {
      readonly kind: "launch";
      readonly flags: GivenSettings;
      readonly configFile: string | undefined;
      readonly script: string;
      readonly scriptArguments: readonly string[];
    }
  | { readonly kind: "check" }
  | {
      readonly kind: "doctor";
      readonly flags: GivenSettings;
      readonly configFile: string | undefined;
    }
  | { readonly kind: "version" }
  | { readonly kind: "help"; readonly text: string };

/** Throws UsageError. */
export function parseArguments(argv: readonly string[]): Invocation {
  const options = settingList.map(
    (setting) => [setting, optionOf(setting)] as const satisfies readonly unknown[],
  );
  const command = new Command("tsrun")
    .usage(
      "-np N [options] <script> [arguments of the script...]\n" +
        "       tsrun --hostfile FILE [options] <script> [arguments of the script...]\n" +
        "       tsrun check\n" +
        "       tsrun doctor --hostfile FILE [options]",
    )
    .description("Runs a training script as N ranks that train one model together.")
    .argument("[script]", "JavaScript or TypeScript file; ECMAScript module or CommonJS")
    .argument("[arguments...]", "handed to the script as they are")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", examples)
    .passThroughOptions()
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .configureHelp({ helpWidth: 100, visibleArguments: () => [] });
  for (const [, option] of options) command.addOption(option);
  command
    .option("--config-file <FILE>", "read settings from a YAML file; flags win")
    .option("--version", "print the version");

  // Options end at a script; a command's own may follow it.
  const isDoctor = argv[0] === "doctor";
  try {
    const words = isDoctor ? argv.slice(1) : argv;
    command.parse(rewriteNp(words, takesValue(command)), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return { kind: "help", text: helpOf(command) };
    throw new UsageError(oneLine(error.message));
  }

  const given = command.opts<Record<string, unknown>>();
  if (given["version"] === true) return { kind: "version" };
  const [script, ...behindScript] = command.args;
  const flags = new Map<string, { value: unknown; where: string }>();
  for (const [setting, option] of options) {
    const value = given[option.attributeName()];
    if (value !== undefined) flags.set(setting.name, { value, where: `--${setting.name}` });
  }
  // Taken for the script's own it would submit a job that was only to be looked at.
  const isLate =
    given["launcher"] === "slurm" && behindScript.at(-1) === `--${settings.dryRun.name}`;
  const scriptArguments = isLate ? behindScript.slice(0, -1) : behindScript;
  if (isLate) flags.set(settings.dryRun.name, { value: true, where: "behind the script" });
  if (script === "check" && scriptArguments.length === 0 && flags.size === 0) {
    return { kind: "check" };
  }
  const configFile = typeof given["configFile"] === "string" ? given["configFile"] : undefined;
  if (isDoctor || (script === "doctor" && scriptArguments.length === 0)) {
    if (isDoctor && script !== undefined) {
      throw new UsageError(`tsrun doctor: expected options only, got "${script}"`);
    }
    return { kind: "doctor", flags, configFile };
  }
  if (script === undefined) {
    throw new UsageError("expected a script to run, as in: tsrun -np 4 train.ts (or --help)");
  }
  return {
    kind: "launch",
    flags,
    configFile,
    script,
    scriptArguments,
  };
}

function optionOf(setting: Setting<unknown>): Option {
  const option = new Option(setting.flags, setting.description);
  if (setting.repeatable === true) {
    option.argParser((value: string, earlier: readonly string[] | undefined) => [
      ...(earlier ?? []),
      value,
    ]);
  }
  return option;
}

function takesValue(command: Command): (flag: string) => boolean {
  const flags = command.options.filter((option) => option.required);
  return (flag) => flags.some((option) => option.short === flag || option.long === flag);
}

/** commander.helpInformation() leaves out the text after; outputHelp() writes all. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** "error: unknown option '--quit'\n(Did you mean --quiet?)" on one line. */
function oneLine(message: string): string {
  return message
    .replace(/^error: /, "")
    .replace(/\n\(D/, " (d")
    .replaceAll("\n", " ");
}
