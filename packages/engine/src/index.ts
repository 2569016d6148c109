export { type Elements, type Engine, type Meter, type PreparedOperation } from "./engine.js";
