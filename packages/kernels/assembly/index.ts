export * from "./copy";
export * from "./products";
export * from "./reduce";
export * from "./scale";
