export * from "./copy";
export * from "./reduce";
export * from "./scale";
