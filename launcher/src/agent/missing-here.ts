/** What a job lacks on this host, found before any rank is started anywhere. */
import { statSync } from "node:fs";
import { messageOf } from "../report/message-of.js";

export interface NeededHere {
  readonly directory: string;
  readonly script: string;
  readonly preload: string;
  /** Throws where there is no tsx. */
  readonly resolveTsx: () => string;
}

/** In words, one a line; nothing: all is there. */
export function missingHere({ directory, script, preload, resolveTsx }: NeededHere): string[] {
  const place = "; if the project lies elsewhere there, say where with --wdir";
  return [
    ...(kindOf(directory) === "folder" ? [] : [`no such directory: ${directory}${place}`]),
    ...missingScript(script, place),
    ...(kindOf(preload) === "file" ? [] : [`kolo is not whole: no such file: ${preload}`]),
    ...(/\.[cm]?tsx?$/.test(script) ? missingTsx(resolveTsx) : []),
  ];
}

function missingScript(script: string, place: string): string[] {
  const kind = kindOf(script);
  if (kind === "file") return [];
  return [
    kind === "folder" ? `a folder, no script: ${script}` : `no such script: ${script}${place}`,
  ];
}

function kindOf(path: string): "file" | "folder" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

function missingTsx(resolveTsx: () => string): string[] {
  try {
    resolveTsx();
    return [];
  } catch (error) {
    const [reason = ""] = messageOf(error).split("\n");
    return [`no tsx, which runs TypeScript and is installed with kolo: ${reason}`];
  }
}
